// What is shown, as files: CSV, JSON, scripts of R and Python that compute the same again, and the forest as SVG.

function save(name, type, text) {
  const address = URL.createObjectURL(new Blob([text], { type }));
  const link = el("a", { href: address, download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(address), 1000);
}

function csvCell(value) {
  // a text that a spreadsheet would take for a formula gets an apostrophe
  if (value === null || value === undefined) return "";
  const text = typeof value === "string" && /^[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/.test(value) ? `'${value}` : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text;
}

function csvText(head, rows) {
  return [head, ...rows].map((row) => row.map(csvCell).join(",")).join("\n") + "\n";
}

function quoted(text) {
  // a text literal of R and of Python alike
  const escaped = (sign) => {
    const code = sign.codePointAt(0);
    return code > 0xffff ? `\\U${code.toString(16).padStart(8, "0")}` : `\\u${code.toString(16).padStart(4, "0")}`;
  };
  return `"${String(text).replace(/[\\"]/g, "\\$&").replace(/[\u0001-\u001f\u007f-\u{10ffff}]/gu, escaped)}"`;
}

function plainName(text) {
  return text.toLowerCase().replace(/[^a-z0-9]+/g, "_").replace(/^_|_$/g, "") || "outcome";
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

function poolFiles(current) {
  const name = (ending) => `explorer_${plainName(current().outcome.id)}.${ending}`;
  return [
    ["CSV", () => save(name("csv"), "text/csv", poolCsv(current()))],
    ["JSON", () => save(name("json"), "application/json", poolJson(current()))],
    ["R script", () => save(name("R"), "text/plain", poolR(current()))],
    ["Python script", () => save(name("py"), "text/x-python", poolPython(current()))],
    ["Figure (SVG)", () => save(name("svg"), "image/svg+xml", forestFile(current()))],
  ];
}

function networkFiles(current) {
  const name = (ending) => `explorer_network_${plainName(current().outcome.id)}.${ending}`;
  return [
    ["CSV", () => save(name("csv"), "text/csv", networkCsv(current()))],
    ["JSON", () => save(name("json"), "application/json", networkJson(current()))],
    ["R script", () => save(name("R"), "text/plain", networkR(current()))],
    ["Python script", () => save(name("py"), "text/x-python", networkPython(current()))],
  ];
}

function poolCsv({ state, now }) {
  const head = ["study", "tier", "events_t", "n_t", "events_c", "n_c", "measure", "yi", "vi", "weight", "used", "note"];
  const rows = now.rows.map(({ id, row, effect, weight }) => [row.study, row.tier, ...(row.e || ["", "", "", ""]), state.measure, effect.y, effect.v,
    weight || "", state.out.has(id) || effect.reason ? "no" : "yes", effect.reason || (state.out.has(id) ? "left out by hand" : "")]);
  const { result } = now;
  if (!isReason(result)) rows.push(["pooled", "", "", "", "", "", state.measure, result.estimate, isReason(result.se) ? "" : result.se ** 2, 1, "", ""]);
  return csvText(head, rows);
}

function plainState(state) {
  return { ...state, out: [...state.out].sort(), netOut: [...state.netOut].sort(), address: addressOf(state) };
}

function poolJson({ state, now, main }) {
  const trials = now.rows.map(({ id, row, effect, weight }) => ({ id, ...row, yi: effect.y, vi: effect.v, weight, used: !state.out.has(id) && !effect.reason }));
  return `${JSON.stringify({ tmsmeta: DATA.version, data: DATA.data, title: DATA.title, state: plainState(state), spec: now.spec, result: now.result, main_analysis: main.result, trials }, null, 1)}\n`;
}

function head(sign, { outcome, state }, sentenceOf) {
  return [`${sign} ${oneLine(DATA.title)}: ${oneLine(outcome.label)}`, `${sign} Written by the explorer of tmsmeta ${DATA.version}, data ${DATA.data}.`,
    `${sign} ${oneLine(sentenceOf)}`, `${sign} Address: ${oneLine(addressOf(state))}`];
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

function columnsOf(rows, make) {
  const names = ["events_t", "n_t", "events_c", "n_c"];
  return [["study", rows.map(({ row }) => quoted(row.study))], ...names.map((name, i) => [name, rows.map(({ row }) => String(row.e[i]))])]
    .map(([name, values]) => make(name, values));
}

function poolPython(current) {
  const { outcome, state, now, main, base } = current, { zero, spec } = { zero: outcome.base.zero, spec: outcome.base.spec };
  const [counts, printed] = split(givenRows(now, state)), lines = [...head("#", current, poolSentence(now.result, main.result, state, base, outcome)), "", "import tmsmeta as tm", "", "parts = []"];
  if (counts.length) {
    lines.push("parts.append(tm.effects.binary(", `    ${quoted(state.measure)},`, ...columnsOf(counts, (name, values) => wrapped(`    ${name}=[`, values, "],")),
      `    zero_cells=${quoted(state.zero)}, add=${zero.add}, correction=${quoted(zero.correction)}, drop_double_zero=${state.drop && MEASURES[state.measure].log ? "True" : "False"},`, "    allow_fractional=True,", "))");
  }
  if (printed.length) {
    lines.push("parts.append(tm.effects.generic(", ...["y", "v"].map((name) => wrapped(`    ${name === "y" ? "yi" : "vi"}=[`, printed.map(({ row }) => String(row[name])), "],")),
      wrapped("    study=[", printed.map(({ row }) => quoted(row.study)), "],"), `    measure=${quoted(state.measure)},`, "))");
  }
  return `${[...lines, "effects = parts[0] if len(parts) == 1 else tm.effects.combine(*parts)", "result = tm.pool(", "    effects,",
    `    tau2=${quoted(state.tau2)}, ci=${quoted(state.ci)}, level=${spec.level}, prediction=${quoted(spec.prediction)},`,
    `    prediction_se=${quoted(spec.prediction_se)}, i2=${quoted(spec.i2)}, q_centre=${quoted(spec.q_centre)},`, ")", "print(result.result_sentence())", shownLine("#", now.result)].join("\n")}\n`;
}

function shownLine(sign, result) {
  if (isReason(result)) return `${sign} The explorer showed: ${result.reason}.`;
  const ci = isReason(result.ci) ? "no interval" : result.ci.join(" to ");
  return `${sign} The explorer showed: estimate ${result.estimate}, interval ${ci}, tau2 ${isReason(result.tau2) ? "none" : result.tau2}`;
}

const R_TESTS = { z: "z", t: "t", hksj: "knha", "hksj-adhoc": "adhoc", "hksj-iqwig6": "knha" };

function poolR(current) {
  // metafor on the effects as computed here, corrections included, so that both start from the same numbers
  const { outcome, state, now, main, base } = current, { spec } = outcome.base, c = (values) => wrapped("c(", values, ")");
  const lines = [...head("#", current, poolSentence(now.result, main.result, state, base, outcome)), "# Needs: install.packages(\"metafor\")", "suppressPackageStartupMessages(library(metafor))", ""];
  lines.push(`# yi: ${MEASURES[state.measure].label}${MEASURES[state.measure].log ? ", as logarithm" : ""}; vi: its variance; zero cells: ${ZERO_WORDS[state.zero]}`,
    `study <- ${c(now.used.map(({ row }) => quoted(row.study)))}`, `yi <- ${c(now.used.map(({ effect }) => String(effect.y)))}`, `vi <- ${c(now.used.map(({ effect }) => String(effect.v)))}`);
  const search = state.tau2 === "FE" ? "" : ", control = list(threshold = 1e-12, tol = 1e-12, maxiter = 10000, tau2.max = 1e4)";
  const test = now.used.length < 2 ? "z" : R_TESTS[state.ci];
  lines.push(`result <- rma(yi, vi, slab = study, method = ${quoted(state.tau2)}, test = ${quoted(test)}, level = ${100 * spec.level}${search})`, "print(result)", "forest(result)");
  if (MEASURES[state.measure].log) lines.push("print(predict(result, transf = exp))");
  if (state.ci === "hksj-iqwig6") lines.push("# IQWiG's rule, which falls back to the Wald interval, has no equal in rma.");
  return `${[...lines, shownLine("#", now.result)].join("\n")}\n`;
}

function forestFile({ outcome, state, now, main }) {
  // the forest as a drawing of its own, in black on white
  const result = now.result, rows = now.rows.filter(({ id, effect }) => !state.out.has(id) && !effect.reason), step = 22, top = 46, left = 250, width = 330;
  const text = (x, y, words, more = "") => `<text x="${x}" y="${y}"${more}>${String(words).replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`).replace(/[\u0000-\u0008\u000b-\u001f]/g, " ")}</text>`;
  const effects = rows.map(({ effect }) => effect), limits = isReason(result) ? [] : [result.ci, result.prediction].filter(Array.isArray).flat();
  const axis = axisOf([...effects.flatMap(({ y, v }) => [y - 1.96 * Math.sqrt(v), y + 1.96 * Math.sqrt(v)]), ...limits], [...effects.map(({ y }) => y), ...limits], MEASURES[state.measure].log);
  const x = (value) => (left + width * Math.max(0, Math.min(100, axis.at(value))) / 100).toFixed(1), bottom = top + step * (rows.length + 2);
  const parts = [text(10, 24, `${outcome.label}: ${MEASURES[state.measure].label}`, ' font-weight="700"'), `<line x1="${x(0)}" x2="${x(0)}" y1="${top - 10}" y2="${bottom}" stroke="#777"/>`];
  rows.forEach(({ row, effect: { y, v }, weight }, i) => {
    const at = top + step * i, half = -normalQuantile(0.025) * Math.sqrt(v), size = 5 + 10 * Math.sqrt(weight / Math.max(...result.weights));
    parts.push(text(10, at + 4, row.study), `<line x1="${x(y - half)}" x2="${x(y + half)}" y1="${at}" y2="${at}" stroke="#000" stroke-width="1.5"/>`,
      `<rect x="${(x(y) - size / 2).toFixed(1)}" y="${(at - size / 2).toFixed(1)}" width="${size.toFixed(1)}" height="${size.toFixed(1)}" fill="#0b4f9e"/>`,
      text(left + width + 14, at + 4, estimateText(state.measure, y, [y - half, y + half])), text(left + width + 220, at + 4, percentText(100 * weight), ' text-anchor="end"'));
  });
  const diamond = (fit, at, style) => (isReason(fit) || !Array.isArray(fit.ci) ? "" : `<path d="M${x(fit.ci[0])} ${at}L${x(fit.estimate)} ${at - 8}L${x(fit.ci[1])} ${at}L${x(fit.estimate)} ${at + 8}Z" ${style}/>`);
  const at = top + step * rows.length;
  parts.push(diamond(main.result, at, 'fill="none" stroke="#777" stroke-dasharray="3 2"'), diamond(result, at, 'fill="#000"'), text(10, at + 4, "Pooled", ' font-weight="700"'));
  if (!isReason(result)) {
    parts.push(text(left + width + 14, at + 4, estimateText(state.measure, result.estimate, result.ci), ' font-weight="700"'));
    if (Array.isArray(result.prediction)) {
      const [low, high] = result.prediction;
      parts.push(text(10, at + step + 4, "Prediction interval"), `<line x1="${x(low)}" x2="${x(high)}" y1="${at + step}" y2="${at + step}" stroke="#000" stroke-width="3"/>`,
        text(left + width + 14, at + step + 4, estimateTexts(state.measure, result.estimate, result.prediction).slice(1).join(" to ")));
    }
  }
  parts.push(`<line x1="${left}" x2="${left + width}" y1="${bottom}" y2="${bottom}" stroke="#000"/>`, ...axis.ticks.map(([value, label]) => text(x(value), bottom + 18, label, ' text-anchor="middle"')));
  return `<svg xmlns="http://www.w3.org/2000/svg" width="820" height="${bottom + 30}" viewBox="0 0 820 ${bottom + 30}" font-family="Arial, Helvetica, sans-serif" font-size="13"><rect width="100%" height="100%" fill="#fff"/>${parts.join("")}</svg>\n`;
}

function keptPairs({ net, state }) {
  return net.trials.filter(({ id }) => !state.netOut.has(id)).flatMap(({ label, arms, n, pairs }) => pairs.map(([i, j, y, v]) => ({
    study: label, treat1: net.nodes[i], treat2: net.nodes[j], y, se: Math.sqrt(v), n1: n[arms.indexOf(i)], n2: n[arms.indexOf(j)],
  })));
}

function networkCsv(current) {
  const { net, now } = current, names = ["row", "column", "measure", "estimate", "se", "ci_low", "ci_high", "p_score_row", "trials", "direct_share"];
  if (now.reason) return csvText(["reason"], [[now.reason]]);
  const q = isReason(now.quantile) ? NaN : now.quantile, limit = (x) => (Number.isFinite(x) ? x : "");
  return csvText(names, now.kept.flatMap((s, i) => now.kept.map((t, j) => (i === j ? null : [net.treatments[s], net.treatments[t], net.measure, now.effects[i][j], now.se[i][j],
    limit(now.effects[i][j] - q * now.se[i][j]), limit(now.effects[i][j] + q * now.se[i][j]), now.pScores[i], now.direct[i][j], now.share[i][j]])).filter(Boolean)));
}

function networkJson({ net, state, now, main }) {
  const { left, ...result } = now;
  return `${JSON.stringify({ tmsmeta: DATA.version, data: DATA.data, title: DATA.title, state: plainState(state), treatments: net.treatments, reference: net.treatments[net.reference],
    spec: { ...net.spec, tau2: state.netTau2 }, result, main_analysis: { ...main, left: undefined }, trials: net.trials.map((trial) => ({ ...trial, used: !state.netOut.has(trial.id) })) }, null, 1)}\n`;
}

function networkPython(current) {
  const { outcome, net, state, now, main } = current, rows = keptPairs(current);
  const column = (name, values) => wrapped(`    ${name}=[`, values, "],");
  const known = rows.every(({ n1, n2 }) => n1 !== null && n2 !== null);
  const tau2 = typeof state.netTau2 === "number" ? state.netTau2 : quoted(state.netTau2);
  return `${[...head("#", current, networkSentence(now, main, state, baseState(outcome, state.lumping), net)), "", "import tmsmeta as tm", "", "net = tm.network_from_contrasts(",
    ...["study", "treat1", "treat2"].map((name) => column(name, rows.map((row) => quoted(row[name])))), column("yi", rows.map(({ y }) => String(y))), column("se", rows.map(({ se }) => String(se))),
    ...(known ? [column("n1", rows.map(({ n1 }) => String(n1))), column("n2", rows.map(({ n2 }) => String(n2)))] : []),
    `    reference=${quoted(net.nodes[net.reference])}, measure=${quoted(net.measure)}, tau2=${tau2}, ci=${quoted(net.spec.ci)}, level=${net.spec.level}, better=${quoted(net.spec.better)},`, ")",
    "print(net.result_sentence())", "print(tm.rank(net).result_sentence())"].join("\n")}\n`;
}

function networkR(current) {
  const { outcome, net, state, now, main } = current, rows = keptPairs(current), c = (values) => wrapped("c(", values, ")");
  const column = (name, values) => `${name} <- ${c(values)}`, small = net.spec.better === "higher" ? "undesirable" : "desirable";
  const method = state.netTau2 === "FE" ? "common = TRUE, random = FALSE" : `common = FALSE, random = TRUE, method.tau = ${quoted(state.netTau2)}`;
  const given = typeof state.netTau2 === "number" ? `common = FALSE, random = TRUE, tau.preset = sqrt(${state.netTau2})` : method;
  return `${[...head("#", current, networkSentence(now, main, state, baseState(outcome, state.lumping), net)), "# Needs: install.packages(\"netmeta\")", "suppressPackageStartupMessages(library(netmeta))", "",
    ...["study", "treat1", "treat2"].map((name) => column(name, rows.map((row) => quoted(row[name])))), column("yi", rows.map(({ y }) => String(y))), column("se", rows.map(({ se }) => String(se))),
    `net <- netmeta(yi, se, treat1, treat2, study, sm = ${quoted(net.measure === "AS" ? "ASD" : net.measure)}, reference.group = ${quoted(net.nodes[net.reference])}, ${given}, level = ${net.spec.level}, tol.multiarm = 0.01)`,
    "print(net)", `print(netrank(net, small.values = ${quoted(small)}))`].join("\n")}\n`;
}
