// What is shown, as files: CSV, JSON, scripts of R and Python that compute the same again, and the forest as SVG.

function quoted(text) {
  // a text literal of R and of Python alike
  const escaped = (sign) => {
    const code = sign.codePointAt(0);
    return code > 0xffff ? `\\U${code.toString(16).padStart(8, "0")}` : `\\u${code.toString(16).padStart(4, "0")}`;
  };
  return `"${String(text)
    .replace(/[\\"]/g, "\\$&")
    .replace(/[\u0001-\u001f\u007f-\u{10ffff}]/gu, escaped)}"`;
}

function plainName(text) {
  return (
    text
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, "_")
      .replace(/^_|_$/g, "") || "outcome"
  );
}

function wrapped(head, values, end) {
  // a list over several lines
  const lines = [head];
  for (const [i, value] of values.entries()) {
    const piece = value + (i + 1 < values.length ? "," : end);
    if (lines.length > 1 && lines[lines.length - 1].length + piece.length < 100) lines[lines.length - 1] += ` ${piece}`;
    else lines.push(`    ${piece}`);
  }
  return values.length ? lines.join("\n") : head + end;
}

const FILE_TYPES = {
  csv: "CSV",
  json: "JSON",
  R: "R script",
  py: "Python script",
  svg: "Figure (SVG)",
  png: "Figure (PNG)",
};

function filesLine(lead, start, writers, current) {
  // a button per file: writers by ending, each making the text of what is shown now; a picture is offered as SVG and PNG
  const save = async (ending, text) => {
    const name = `${start}_${plainName(current().outcome.id)}.${ending}`;
    if (ending === "png") await saving.savePng(text(current()), name);
    else saving.save(text(current()), name);
  };
  const buttons = Object.entries({ ...writers, png: writers.svg }).map(([ending, text]) =>
    button(FILE_TYPES[ending], () => save(ending, text)),
  );
  return el("p", { class: "xp-files" }, lead, buttons);
}

function poolCsv({ state, now }) {
  const head = ["study", "tier", "events_t", "n_t", "events_c", "n_c", "measure", "yi", "vi", "weight", "used", "note"];
  const rows = now.rows.map(({ id, row, effect, weight }) => [
    row.study,
    row.tier,
    ...(row.e || ["", "", "", ""]),
    state.measure,
    effect.y,
    effect.v,
    weight || "",
    state.out.has(id) || effect.reason ? "no" : "yes",
    effect.reason || (state.out.has(id) ? "left out by hand" : ""),
  ]);
  const { result } = now;
  if (!isReason(result))
    rows.push([
      "pooled",
      "",
      "",
      "",
      "",
      "",
      state.measure,
      result.estimate,
      isReason(result.se) ? "" : result.se ** 2,
      1,
      "",
      "",
    ]);
  return saving.csvText(head, rows);
}

function plainState(state) {
  return { ...state, out: [...state.out].sort(), netOut: [...state.netOut].sort(), address: addressOf(state) };
}

function poolJson({ state, now, main }) {
  const trials = now.rows.map(({ id, row, effect, weight }) => ({
    id,
    ...row,
    yi: effect.y,
    vi: effect.v,
    weight,
    used: !state.out.has(id) && !effect.reason,
  }));
  return `${JSON.stringify({ tmsmeta: DATA.version, data: DATA.data, title: DATA.title, state: plainState(state), spec: now.spec, result: now.result, main_analysis: main.result, trials }, null, 1)}\n`;
}

function head(sign, { outcome, state }, sentenceOf) {
  return [
    `${sign} ${oneLine(DATA.title)}: ${oneLine(outcome.label)}`,
    `${sign} Written by the explorer of tmsmeta ${DATA.version}, data ${DATA.data}.`,
    `${sign} ${oneLine(sentenceOf)}`,
    `${sign} Address: ${oneLine(addressOf(state))}`,
  ];
}

function oneLine(text) {
  return String(text).replace(/[\u0000-\u001f\u0085\u2028\u2029]+/g, " ");
}

function split(used) {
  return [used.filter(({ row }) => row.e), used.filter(({ row }) => !row.e)];
}

function givenRows(now, state) {
  // everything that was ticked, with or without an estimate
  return now.rows.filter(({ id }) => !state.out.has(id));
}

function countColumns(rows) {
  const names = ["events_t", "n_t", "events_c", "n_c"];
  return [
    ["study", rows.map(({ row }) => quoted(row.study))],
    ...names.map((name, i) => [name, rows.map(({ row }) => String(row.e[i]))]),
  ];
}

function pythonList([name, values]) {
  return wrapped(`    ${name}=[`, values, "],");
}

function rVector([name, values]) {
  return wrapped(`${name} <- c(`, values, ")");
}

function poolPython(current) {
  const { outcome, state, now, main, base } = current,
    { zero, spec } = outcome.base;
  const [counts, printed] = split(givenRows(now, state)),
    lines = [
      ...head("#", current, poolWords(current)),
      "",
      "import tmsmeta as tm",
      "",
      "parts = []",
    ];
  if (counts.length) {
    lines.push(
      "parts.append(tm.effects.binary(",
      `    ${quoted(state.measure)},`,
      ...countColumns(counts).map(pythonList),
      `    zero_cells=${quoted(state.zero)}, add=${zero.add}, correction=${quoted(zero.correction)}, drop_double_zero=${state.drop && MEASURES[state.measure].log ? "True" : "False"},`,
      "    allow_fractional=True,",
      "))",
    );
  }
  if (printed.length) {
    lines.push(
      "parts.append(tm.effects.generic(",
      pythonList(["yi", printed.map(({ row }) => String(row.y))]),
      pythonList(["vi", printed.map(({ row }) => String(row.v))]),
      pythonList(["study", printed.map(({ row }) => quoted(row.study))]),
      `    measure=${quoted(state.measure)},`,
      "))",
    );
  }
  return `${[
    ...lines,
    "effects = parts[0] if len(parts) == 1 else tm.effects.combine(*parts)",
    "result = tm.pool(",
    "    effects,",
    `    tau2=${quoted(state.tau2)}, ci=${quoted(state.ci)}, level=${spec.level}, prediction=${quoted(spec.prediction)},`,
    `    prediction_se=${quoted(spec.prediction_se)}, i2=${quoted(spec.i2)}, q_centre=${quoted(spec.q_centre)},`,
    ")",
    "print(result.result_sentence())",
    shownLine("#", now.result),
  ].join("\n")}\n`;
}

function shownLine(sign, result) {
  if (isReason(result)) return `${sign} The explorer showed: ${result.reason}.`;
  const ci = isReason(result.ci) ? "no interval" : result.ci.join(" to ");
  const shown = `estimate ${result.estimate}, interval ${ci}, tau2 ${isReason(result.tau2) ? "none" : result.tau2}`;
  const next = isReason(result.prediction) ? "" : `, prediction interval ${result.prediction.join(" to ")}`;
  return `${sign} The explorer showed: ${shown}${next}`;
}

function rPackage(name) {
  // loads a package, or says in words that it is not there
  const absent = `This script needs the R package ${name}, which is not there. Get it with install.packages('${name}') and run it again.`;
  return [
    `if (!requireNamespace("${name}", quietly = TRUE)) {`,
    `    stop("${absent}", call. = FALSE)`,
    "}",
    `suppressPackageStartupMessages(library(${name}))`,
  ];
}

function predictionR({ outcome, state, now }) {
  // predict() of metafor has other quantiles with Hartung-Knapp intervals, so the limits are worked out here
  const { spec } = outcome.base;
  if (isReason(now.result) || isReason(now.result.prediction)) return [];
  const df = `result$k - ${spec.prediction === "t(k-2)" ? 2 : 1}`,
    upper = 0.5 + spec.level / 2;
  const quantile = spec.prediction === "z" ? `qnorm(${upper})` : `qt(${upper}, ${df})`;
  const variance = spec.prediction_se === "model" ? "result$se^2" : "1 / sum(1 / (vi + result$tau2))";
  const ends = `as.numeric(result$beta) + c(-1, 1) * ${quantile} * sqrt(result$tau2 + ${variance})`;
  return [`prediction <- ${MEASURES[state.measure].log ? `exp(${ends})` : ends}`, "print(prediction)"];
}

const R_TESTS = { z: "z", t: "t", hksj: "knha", "hksj-adhoc": "adhoc", "hksj-iqwig6": "knha" };

function poolR(current) {
  // metafor on the effects as computed here, corrections included, so that both start from the same numbers
  const { outcome, state, now, main, base } = current,
    { spec } = outcome.base;
  const lines = [
    ...head("#", current, poolWords(current)),
    ...rPackage("metafor"),
    "",
  ];
  lines.push(
    `# yi: ${MEASURES[state.measure].label}${MEASURES[state.measure].log ? ", as logarithm" : ""}; vi: its variance; zero cells: ${ZERO_WORDS[state.zero]}`,
    rVector(["study", now.used.map(({ row }) => quoted(row.study))]),
    rVector(["yi", now.used.map(({ effect }) => String(effect.y))]),
    rVector(["vi", now.used.map(({ effect }) => String(effect.v))]),
  );
  const search =
    state.tau2 === "FE" ? "" : ", control = list(threshold = 1e-12, tol = 1e-12, maxiter = 10000, tau2.max = 1e4)";
  const test = now.used.length < 2 ? "z" : R_TESTS[state.ci];
  lines.push(
    `result <- rma(yi, vi, slab = study, method = ${quoted(state.tau2)}, test = ${quoted(test)}, level = ${100 * spec.level}${search})`,
    "print(result)",
    "forest(result)",
  );
  if (MEASURES[state.measure].log) lines.push("print(exp(c(result$beta, result$ci.lb, result$ci.ub)))");
  lines.push(...predictionR(current));
  if (state.ci === "hksj-iqwig6")
    lines.push("# IQWiG's rule, which falls back to the Wald interval, has no equal in rma.");
  return `${[...lines, shownLine("#", now.result)].join("\n")}\n`;
}
