// The computation by hand: every sum with the numbers filled in.

function poolSteps({ state, now }) {
  const { used, result } = now;
  if (isReason(result)) return [el("p", {}, `There is nothing to compute: ${result.reason}.`)];
  if (used.length < 2) return [el("p", {}, "One trial needs no weights: the result is that of the trial itself.")];
  const model = meanModel(
    used.map(({ effect }) => effect),
    null,
  );
  const fit = weighted(model, result.tau2),
    n = (x) => shortText(x);
  const said = [
    el(
      "p",
      {},
      `Each trial gives an effect y and its variance v${MEASURES[state.measure].log ? " (ratios as natural logarithms)" : ""}. Its weight is w = 1 / (v + \u03c4\u00b2).`,
    ),
    stepsTable(state, used, fit),
    ...tau2Steps(state, model, result).map((text) => el("p", {}, text)),
    el(
      "p",
      {},
      `Pooled effect = sum of w y / sum of w = ${n(sumOf(fit.w.map((w, i) => w * model.y[i])))} / ${n(fit.total)} = ${n(result.estimate)}${MEASURES[state.measure].log ? `, and exp(${n(result.estimate)}) = ${estimateTexts(state.measure, result.estimate, [])[0]}` : ""}.`,
    ),
    ...intervalSteps(state, now, fit).map((text) => el("p", {}, text)),
  ];
  return said;
}

function shortText(x) {
  // four significant digits, zeros at the end kept off
  if (x === 0) return "0";
  const text = Math.abs(x) >= 1e5 || Math.abs(x) < 1e-4 ? x.toExponential(3) : String(Number(x.toPrecision(4)));
  return signed(text);
}

function stepsTable(state, used, fit) {
  const head = ["Trial", "y", "v", "w", "w y", "weight"].map((text, i) =>
    el("th", { scope: "col", class: i ? "xp-num" : null }, text),
  );
  const body = used.map(({ row, effect, weight }, i) =>
    el(
      "tr",
      {},
      el("th", { scope: "row" }, row.study, el("span", { class: "xp-formula" }, formulaOf(state.measure, row, effect))),
      [effect.y, effect.v, fit.w[i], fit.w[i] * effect.y].map((x) => el("td", { class: "xp-num" }, shortText(x))),
      el("td", { class: "xp-num" }, percentText(100 * weight)),
    ),
  );
  const sums = [fit.total, sumOf(fit.w.map((w, i) => w * used[i].effect.y))].map((x) =>
    el("td", { class: "xp-num" }, shortText(x)),
  );
  return el(
    "table",
    { class: "xp-steps" },
    el("thead", {}, el("tr", {}, head)),
    el("tbody", {}, body),
    el(
      "tfoot",
      {},
      el("tr", {}, el("th", { scope: "row" }, "Sum"), el("td"), el("td"), sums, el("td", { class: "xp-num" }, "100%")),
    ),
  );
}

function formulaOf(measure, row, { cells, added }) {
  // the effect of one trial with its counts filled in
  if (!cells) return `y = log(${row.printed[0]}), v = (log(${row.printed[2]} / ${row.printed[1]}) / 3.92)\u00b2`;
  const { a, b, c, d } = cells,
    n = shortText,
    more = added[0] || added[1] ? `; ${n(added[0])} and ${n(added[1])} added to the cells` : "";
  const said = {
    OR: `y = log(${n(a)} \u00d7 ${n(d)} / (${n(b)} \u00d7 ${n(c)})), v = 1/${n(a)} + 1/${n(b)} + 1/${n(c)} + 1/${n(d)}`,
    RR: `y = log((${n(a)} / ${n(a + b)}) / (${n(c)} / ${n(c + d)})), v = 1/${n(a)} ${MINUS} 1/${n(a + b)} + 1/${n(c)} ${MINUS} 1/${n(c + d)}`,
    RD: `y = ${n(a)} / ${n(a + b)} ${MINUS} ${n(c)} / ${n(c + d)}, v = ${n(a)} \u00d7 ${n(b)} / ${n(a + b)}\u00b3 + ${n(c)} \u00d7 ${n(d)} / ${n(c + d)}\u00b3`,
    AS: `y = asin(\u221a(${n(a)} / ${n(a + b)})) ${MINUS} asin(\u221a(${n(c)} / ${n(c + d)})), v = 1/(4 \u00d7 ${n(a + b)}) + 1/(4 \u00d7 ${n(c + d)})`,
  };
  return measure in said ? said[measure] + more : `events ${n(a)} of ${n(a + b)}, ${n(c)} of ${n(c + d)}${more}`;
}

function tau2Steps(state, model, result) {
  const n = shortText,
    df = model.k - 1,
    zero = sumsAt(model, 0),
    w = model.v.map((v) => 1 / v);
  const t = n(result.tau2),
    there = sumsAt(model, result.tau2);
  const qText = `Q = sum of w (y ${MINUS} pooled)\u00b2 with w = 1 / v = ${n(result.q)}, on ${df} degrees of freedom`;
  const said = {
    FE: [`A common effect takes \u03c4\u00b2 = 0. ${qText}.`],
    DL: [
      `${qText}.`,
      `C = sum of w ${MINUS} sum of w\u00b2 / sum of w = ${n(sumOf(w))} ${MINUS} ${n(sumOf(w.map((x) => x * x)))} / ${n(sumOf(w))} = ${n(zero.trP)}.`,
      `\u03c4\u00b2 = max(0, (Q ${MINUS} df) / C) = max(0, (${n(result.q)} ${MINUS} ${df}) / ${n(zero.trP)}) = ${t}.`,
    ],
    PM: [
      result.tau2 > 0
        ? `\u03c4\u00b2 is the value at which Q, with w = 1 / (v + \u03c4\u00b2), equals its degrees of freedom: at \u03c4\u00b2 = ${t}, Q = ${n(there.q)} = k ${MINUS} 1 = ${df}.`
        : `At \u03c4\u00b2 = 0, Q = ${n(zero.q)} is not above k ${MINUS} 1 = ${df}, so \u03c4\u00b2 = 0.`,
    ],
    REML: [
      result.tau2 > 0
        ? `\u03c4\u00b2 is where the restricted likelihood is highest. There, sum of w\u00b2 (y ${MINUS} pooled)\u00b2 equals sum of w ${MINUS} sum of w\u00b2 / sum of w: at \u03c4\u00b2 = ${t}, ${n(there.a)} = ${n(there.trP)}.`
        : `The restricted likelihood is highest at \u03c4\u00b2 = 0: already there, sum of w\u00b2 (y ${MINUS} pooled)\u00b2 = ${n(zero.a)} is not above sum of w ${MINUS} sum of w\u00b2 / sum of w = ${n(zero.trP)}.`,
    ],
  };
  return said[state.tau2] || [`\u03c4\u00b2 = ${t} (${TAU2[state.tau2].label}).`];
}

function intervalSteps(state, { result, spec }, fit) {
  const n = shortText,
    df = result.k - 1,
    squares = sumOf(fit.w.map((w, i) => w * fit.r[i] ** 2));
  const said = [`Standard error = 1 / \u221a(sum of w) = 1 / \u221a${n(fit.total)} = ${n(result.wald)}.`];
  if (state.ci.startsWith("hksj")) {
    const own = Math.sqrt(squares / df),
      kept = result.factor === own ? "" : `, which is taken as ${n(result.factor)}`;
    said.push(
      `Hartung-Knapp multiplies it by \u221a(sum of w (y ${MINUS} pooled)\u00b2 / (k ${MINUS} 1)) = \u221a(${n(squares)} / ${df}) = ${n(own)}${kept}: ${n(result.se)}.`,
    );
  }
  const quantile = twoSided(spec.ci, spec.level, df),
    of = spec.ci === "z" ? "the normal distribution" : `t with ${df} degrees of freedom`;
  said.push(
    `${100 * spec.level}% interval = ${n(result.estimate)} \u00b1 ${n(quantile)} \u00d7 ${n(result.se)} = ${n(result.ci[0])} to ${n(result.ci[1])} (${n(quantile)} is the quantile of ${of})${MEASURES[state.measure].log ? `; as ratio ${limitsText(state.measure, result.estimate, result.ci)}` : ""}.`,
  );
  if (Array.isArray(result.prediction)) {
    const own =
      spec.prediction === "z" ? "" : ` with ${spec.prediction === "t(k-2)" ? result.k - 2 : df} degrees of freedom`;
    const se = spec.prediction_se === "model" ? result.se : result.wald;
    said.push(
      `Prediction interval = ${n(result.estimate)} \u00b1 quantile${own} \u00d7 \u221a(\u03c4\u00b2 + se\u00b2) = \u221a(${n(result.tau2)} + ${n(se)}\u00b2) = ${n(Math.sqrt(result.tau2 + se * se))} times the quantile: ${n(result.prediction[0])} to ${n(result.prediction[1])}.`,
    );
  }
  said.push(
    `I\u00b2 = ${state.tau2 !== "FE" && spec.i2 === "tau2" ? "\u03c4\u00b2 / (\u03c4\u00b2 + typical variance)" : `max(0, (Q ${MINUS} df) / Q)`} = ${percentText(result.i2)}.`,
  );
  return said;
}
