// The network as files.

function keptPairs({ net, state }) {
  return net.trials
    .filter(({ id }) => !state.netOut.has(id))
    .flatMap(({ label, arms, n, pairs }) =>
      pairs.map(([i, j, yi, v]) => ({
        study: label,
        treat1: net.nodes[i],
        treat2: net.nodes[j],
        yi,
        se: Math.sqrt(v),
        n1: n[arms.indexOf(i)],
        n2: n[arms.indexOf(j)],
      })),
    );
}

function pairColumns(rows) {
  return [
    ...["study", "treat1", "treat2"].map((name) => [name, rows.map((row) => quoted(row[name]))]),
    ...["yi", "se"].map((name) => [name, rows.map((row) => String(row[name]))]),
  ];
}

function networkCsv(current) {
  const { net, now } = current,
    names = [
      "row",
      "column",
      "measure",
      "estimate",
      "se",
      "ci_low",
      "ci_high",
      "p_score_row",
      "trials",
      "direct_share",
    ];
  if (now.reason) return saving.csvText(["reason"], [[now.reason]]);
  const q = isReason(now.quantile) ? NaN : now.quantile,
    limit = (x) => (Number.isFinite(x) ? x : "");
  return saving.csvText(
    names,
    now.kept.flatMap((s, i) =>
      now.kept
        .map((t, j) =>
          i === j
            ? null
            : [
                net.treatments[s],
                net.treatments[t],
                net.measure,
                now.effects[i][j],
                now.se[i][j],
                limit(now.effects[i][j] - q * now.se[i][j]),
                limit(now.effects[i][j] + q * now.se[i][j]),
                now.pScores[i],
                now.direct[i][j],
                now.share[i][j],
              ],
        )
        .filter(Boolean),
    ),
  );
}

function networkJson({ net, state, now, main }) {
  const { left, ...result } = now;
  return `${JSON.stringify(
    {
      tmsmeta: DATA.version,
      data: DATA.data,
      title: DATA.title,
      state: plainState(state),
      treatments: net.treatments,
      reference: net.treatments[net.reference],
      spec: { ...net.spec, tau2: state.netTau2 },
      result,
      main_analysis: { ...main, left: undefined },
      trials: net.trials.map((trial) => ({ ...trial, used: !state.netOut.has(trial.id) })),
    },
    null,
    1,
  )}\n`;
}

function networkPython(current) {
  const { outcome, net, state, now, main } = current,
    rows = keptPairs(current);
  const known = rows.every(({ n1, n2 }) => n1 !== null && n2 !== null);
  const tau2 = typeof state.netTau2 === "number" ? state.netTau2 : quoted(state.netTau2);
  return `${[
    ...head("#", current, networkSentence(now, main, state, baseState(outcome, state.lumping), net)),
    "",
    "import tmsmeta as tm",
    "",
    "net = tm.network_from_contrasts(",
    ...pairColumns(rows).map(pythonList),
    ...(known ? ["n1", "n2"].map((name) => pythonList([name, rows.map((row) => String(row[name]))])) : []),
    `    reference=${quoted(net.nodes[net.reference])}, measure=${quoted(net.measure)}, tau2=${tau2}, ci=${quoted(net.spec.ci)}, level=${net.spec.level}, better=${quoted(net.spec.better)},`,
    ")",
    "print(net.result_sentence())",
    `print(tm.rank(net, margin=${net.spec.margin}).result_sentence())`,
  ].join("\n")}\n`;
}

function networkR(current) {
  const { outcome, net, state, now, main } = current,
    small = net.spec.better === "higher" ? "undesirable" : "desirable",
    tau =
      typeof state.netTau2 === "number"
        ? `tau.preset = sqrt(${state.netTau2})`
        : `method.tau = ${quoted(state.netTau2)}`,
    model = state.netTau2 === "FE" ? "common = TRUE, random = FALSE" : `common = FALSE, random = TRUE, ${tau}`;
  return `${[
    ...head("#", current, networkSentence(now, main, state, baseState(outcome, state.lumping), net)),
    ...rPackage("netmeta"),
    "",
    ...pairColumns(keptPairs(current)).map(rVector),
    `net <- netmeta(yi, se, treat1, treat2, study, sm = ${quoted(net.measure === "AS" ? "ASD" : net.measure)}, reference.group = ${quoted(net.nodes[net.reference])}, ${model}, level = ${net.spec.level}, tol.multiarm = 0.01)`,
    "print(net)",
    `print(netrank(net, small.values = ${quoted(small)}))`,
  ].join("\n")}\n`;
}

function graphFile({ net, graph }) {
  // the graph as it is shown, with the names of its nodes below where it has numbers
  const drawing = saving.drawing(graph.node),
    [, , width, height] = drawing.getAttribute("viewBox").split(" ").map(Number);
  const names = graph.numbered ? net.treatments : [];
  let y = height + 20;
  names.forEach((name, i) => {
    const made = saving.lines(`${i + 1} ${name}`, 0, y, width);
    drawing.append(...made);
    y += 17 * made.length;
  });
  // names may reach over the edge of what a page shows
  const sheet = { x: -10, y: -24, width: width + 20, height: (names.length ? y : height) + 48 };
  drawing.prepend(svg("rect", { ...sheet, fill: "#ffffff" }));
  put(drawing, { viewBox: Object.values(sheet).join(" "), width: sheet.width, height: sheet.height });
  return saving.svgText(drawing);
}
