// From the data of the page and a state to results. DATA is what tmsmeta.report.explorer.data wrote.

let DATA = null;

function rowsOf(outcome, state) {
  // the rows that tiers, populations and measure let in, ticked or not: {key, id, trial, row, effect, ends}
  const rows = [];
  for (const trial of outcome.trials) {
    if (!state.pops.includes(trial.pop)) continue;
    const found = trial.by[[...trial.tiers].filter((tier) => state.tiers.includes(tier)).join("")] || [];
    const usable = found.filter((row) => !row.m || row.m === state.measure);
    usable.forEach((row, i) => rows.push({ key: `${trial.id}/${i}`, id: trial.id, trial, row }));
  }
  const tables = (chosen) =>
    chosen
      .filter(({ row }) => row.e)
      .map(
        ({
          row: {
            e: [a, n, c, m],
          },
        }) => ({
          a,
          b: n - a,
          c,
          d: m - c,
        }),
      );
  const rule = { ...outcome.base.zero, cells: state.zero, drop: state.drop && MEASURES[state.measure].log };
  const fill = (chosen) => {
    const made = chosen.some(({ row }) => row.e) ? binaryEffects(state.measure, tables(chosen), rule) : [];
    for (const line of chosen)
      line.effect = line.row.e ? made.shift() : { y: line.row.y, v: line.row.v, added: [0, 0] };
  };
  // a rule such as "all if one has a zero cell" looks at the ticked trials alone
  fill(rows.filter(({ id }) => state.out.has(id)));
  fill(rows.filter(({ id }) => !state.out.has(id)));
  const quantile = twoSided("z", outcome.base.spec.level);
  for (const line of rows) {
    const { y, v, reason } = line.effect;
    line.ends = reason ? [] : [y - quantile * Math.sqrt(v), y + quantile * Math.sqrt(v)];
  }
  return rows;
}

function poolState(outcome, state) {
  // the rows with their weights, and the result or {reason}
  const rows = rowsOf(outcome, state),
    used = rows.filter(({ id, effect }) => !state.out.has(id) && !effect.reason);
  for (const row of rows) row.weight = 0;
  if (!used.length) return { rows, used, result: { reason: "no trial with an estimate is left" } };
  const spec = { ...outcome.base.spec, tau2: state.tau2, ci: state.ci, measure: state.measure };
  const result = attempt(() =>
    pool(
      used.map(({ effect }) => effect),
      spec,
    ),
  );
  if (!isReason(result))
    used.forEach((row, i) => {
      row.weight = result.weights[i];
    });
  return { rows, used, spec, result };
}

function attempt(compute) {
  try {
    return compute();
  } catch (error) {
    if (error instanceof NoMaximum) return { reason: error.message.replace("tau2", "\u03c4\u00b2"), parts: [] };
    throw error;
  }
}

function networkState(net, state) {
  const trials = net.trials.filter(({ id }) => !state.netOut.has(id));
  return { ...attempt(() => networkFit(trials, net.reference, { ...net.spec, tau2: state.netTau2 })), left: trials };
}

function networksOf(outcome) {
  return outcome.networks.filter(({ reason }) => !reason);
}

function peopleIn(rows) {
  return Math.round(sumOf(rows.map(({ row }) => (row.e ? row.e[1] + row.e[3] : 0))));
}
