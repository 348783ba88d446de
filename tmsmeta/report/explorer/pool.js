// Inverse-variance pooling, as tmsmeta.pool does it. What cannot be computed is {what, reason}, never NaN.

const INTERVALS = {
  z: "z (Wald)",
  t: "t",
  hksj: "Hartung-Knapp",
  "hksj-adhoc": "Hartung-Knapp, ad hoc",
  "hksj-iqwig6": "Hartung-Knapp, IQWiG",
};

function needs(what, least, got) {
  return { what, reason: `needs at least ${least} studies, got ${got}` };
}

function isReason(value) {
  return value !== null && typeof value === "object" && "reason" in value;
}

function twoSided(kind, level, df) {
  return kind === "z" ? -normalQuantile((1 - level) / 2) : tQuantile(level, df);
}

function pool(effects, spec) {
  // effects: {y, v, cells?}; spec: {tau2, ci, level, prediction, prediction_se, i2, q_centre}
  if (effects.length < 2) return poolOfOne(effects[0], spec);
  const k = effects.length,
    df = k - 1;
  const model = meanModel(effects, spec.q_centre === "mantel-haenszel" ? mantelHaenszel(spec.measure, effects) : null);
  const tau2 = TAU2[spec.tau2].estimate(model);
  const { w, total, shift, r } = weighted(model, tau2);
  const q = cochranQ(model),
    typical = df / sumsAt(model, 0).trP;
  const estimate = model.y[model.top] + shift,
    wald = Math.sqrt(1 / total);
  const factor = hartungKnapp(model, spec, sumOf(w.map((wi, i) => wi * r[i] * r[i])), wald);
  const se = wald * factor,
    half = twoSided(spec.ci, spec.level, df) * se;
  const byTau2 = isRandom(spec) && spec.i2 === "tau2";
  const equal = { what: "p value", reason: "all estimates are equal, so the Hartung-Knapp standard error is 0" };
  return {
    estimate,
    se,
    ci: [estimate - half, estimate + half],
    tau2,
    q,
    qDf: df,
    qP: chiSquareTail(q, df),
    k,
    p: se === 0 ? equal : spec.ci === "z" ? 2 * normalTail(Math.abs(estimate / se)) : tTwoTails(estimate / se, df),
    i2: 100 * (byTau2 ? tau2 / (tau2 + typical) : q > 0 ? Math.max(0, (q - df) / q) : 0),
    weights: w.map((wi) => wi / total),
    factor,
    wald,
    prediction: predictionOf(estimate, spec.prediction_se === "model" ? se : wald, tau2, spec, k),
    tau2Interval: tau2Interval({ ...model, qCentre: null }, spec.level),
  };
}

function isRandom(spec) {
  return TAU2[spec.tau2].random !== false;
}

function poolOfOne({ y, v }, spec) {
  const wald = spec.ci === "z",
    se = Math.sqrt(v),
    half = twoSided("z", spec.level) * se,
    tau2 = isRandom(spec) ? needs("tau2", 2, 1) : 0;
  return {
    estimate: y,
    se: wald || spec.ci === "t" ? se : needs("Hartung-Knapp standard error", 2, 1),
    ci: wald ? [y - half, y + half] : needs(`${INTERVALS[spec.ci]} interval`, 2, 1),
    p: wald ? 2 * normalTail(Math.abs(y / se)) : needs("p value", 2, 1),
    tau2,
    i2: needs("I2", 2, 1),
    q: 0,
    qDf: 0,
    qP: needs("test of heterogeneity", 2, 1),
    k: 1,
    weights: [1],
    factor: 1,
    wald: se,
    prediction: predictionOf(y, se, tau2, spec, 1),
    tau2Interval: needs("interval for tau2", 2, 1),
  };
}

function hartungKnapp(model, spec, squares, wald) {
  // what the Wald standard error is multiplied by: the root of the weighted residual mean square, or 1
  if (!spec.ci.startsWith("hksj")) return 1;
  const factor = Math.sqrt(squares / (model.k - 1));
  if (spec.ci === "hksj-adhoc") return Math.max(1, factor);
  if (spec.ci !== "hksj-iqwig6" || factor >= 1) return factor;
  const simple = twoSided("z", spec.level) / Math.sqrt(weighted(model, TAU2.DL.estimate(model)).total);
  return twoSided("t", spec.level, model.k - 1) * wald * factor < simple ? 1 : factor;
}

function predictionOf(estimate, se, tau2, spec, k) {
  const what = "prediction interval";
  if (!isRandom(spec)) return { what, reason: "the common-effect model assumes one effect in all studies" };
  if (spec.prediction === "none") return { what, reason: "the spec asks for none" };
  const df = spec.prediction === "t(k-2)" ? k - 2 : k - 1;
  if (spec.prediction !== "z" && df < 1) return needs(what, k - df + 1, k);
  if (tau2.reason) return { what, reason: tau2.reason };
  const half = twoSided(spec.prediction, spec.level, df) * Math.sqrt(tau2 + se * se);
  return [estimate - half, estimate + half];
}

function tau2Interval(model, level) {
  // Q-profile (Viechtbauer, Stat Med 2007;26:37)
  const tail = (1 - level) / 2,
    df = model.k - 1;
  const smallest = chiSquareQuantile(1 - tail, df),
    largest = chiSquareQuantile(tail, df);
  if (cochranQ(model) < smallest)
    return { what: "interval for tau2", reason: "Q is so small that the interval is empty" };
  return [solveQ(model, largest), solveQ(model, smallest)];
}
