// Effects of two arms of events, as tmsmeta.effects.binary makes them. A table is {a, b, c, d}: events and others of the
// treated arm, then of the comparator arm.

const MEASURES = {
  OR: {
    label: "odds ratio",
    log: true,
    digits: 2,
    effect: (t) => [Math.log((t.a * t.d) / (t.b * t.c)), 1 / t.a + 1 / t.b + 1 / t.c + 1 / t.d],
  },
  RR: {
    label: "risk ratio",
    log: true,
    digits: 2,
    effect: ({ a, b, c, d }) => [Math.log((a * (c + d)) / (c * (a + b))), b / (a * (a + b)) + d / (c * (c + d))],
  },
  RD: {
    label: "risk difference",
    log: false,
    digits: 3,
    effect: ({ a, b, c, d }) => [a / (a + b) - c / (c + d), (a * b) / (a + b) ** 3 + (c * d) / (c + d) ** 3],
  },
  AS: {
    label: "arcsine difference",
    log: false,
    digits: 3,
    definedAtZero: true,
    effect: ({ a, b, c, d }) => [
      Math.asin(Math.sqrt(a / (a + b))) - Math.asin(Math.sqrt(c / (c + d))),
      1 / (4 * (a + b)) + 1 / (4 * (c + d)),
    ],
  },
  PETO: {
    label: "Peto odds ratio",
    log: true,
    digits: 2,
    effect: ({ a, b, c, d }) => {
      const nT = a + b,
        nC = c + d,
        events = a + c,
        total = nT + nC;
      const variance = (nT * nC * events * (total - events)) / (total * total * (total - 1));
      return [(a - (nT * events) / total) / variance, 1 / variance];
    },
  },
};

function hasZero({ a, b, c, d }) {
  return a === 0 || b === 0 || c === 0 || d === 0;
}

function hasNoContrast({ a, b, c, d }) {
  return (a === 0 && c === 0) || (b === 0 && d === 0);
}

function additions(t, rule) {
  // what each cell of either arm receives; "treatment-arm" as in Sweeting, Sutton & Lambert, Stat Med 2004;23:1351
  if (rule.correction !== "treatment-arm") return [rule.add, rule.add];
  const share = (t.a + t.b) / (t.a + t.b + t.c + t.d);
  return [2 * rule.add * share, 2 * rule.add * (1 - share)];
}

function binaryEffects(measure, tables, rule) {
  // one {y, v, added, cells} per table; {reason, added} where it has no estimate
  const { effect, definedAtZero } = MEASURES[measure];
  const any = tables.some(hasZero);
  const corrected = (t) => {
    if (definedAtZero || rule.cells === "none") return false;
    if (rule.cells === "only0") return hasZero(t);
    return rule.cells === "all" || any;
  };
  return tables.map((t) => {
    const added = corrected(t) ? additions(t, rule) : [0, 0];
    if (rule.drop && hasNoContrast(t)) return { reason: "no event, or only events, in both arms", added };
    const cells = { a: t.a + added[0], b: t.b + added[0], c: t.c + added[1], d: t.d + added[1] };
    const [y, v] = effect(cells);
    if (!(Number.isFinite(y) && Number.isFinite(v) && v > 0))
      return { reason: "zero cells without a correction", added };
    return { y, v, added, cells };
  });
}

function mantelHaenszel(measure, effects) {
  // the centre of Cochran's Q in RevMan's "M-H, Random", on the scale of the measure; null where there is none
  if (!["OR", "RR", "RD"].includes(measure) || effects.some((e) => !e.cells)) return null;
  let over = 0,
    under = 0;
  for (const {
    cells: { a, b, c, d },
  } of effects) {
    const nT = a + b,
      nC = c + d,
      total = nT + nC;
    const weight = (nT * nC) / total;
    over += measure === "OR" ? (a * d) / total : measure === "RR" ? (a * nC) / total : weight * (a / nT - c / nC);
    under += measure === "OR" ? (b * c) / total : measure === "RR" ? (c * nT) / total : weight;
  }
  if (measure === "RD") return over / under;
  return over === 0 || under === 0 ? null : Math.log(over) - Math.log(under);
}
