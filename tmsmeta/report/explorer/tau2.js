// The between-study variance: sums of a weighted mean, the estimators, and every root of a likelihood, by the
// definitions of tmsmeta.pooling.heterogeneity (its modules say why each bound holds). Studies are {y, v}.

function meanModel(effects, qCentre) {
  // sums are taken around the study with the largest weight, which keeps their digits
  const y = effects.map((e) => e.y),
    v = effects.map((e) => e.v),
    k = y.length;
  const top = v.indexOf(Math.min(...v));
  const shifted = y.map((x) => x - y[top]);
  if (Math.max(...shifted.map(Math.abs)) <= 4 * Number.EPSILON * Math.abs(y[top])) shifted.fill(0);
  return { y, v, k, top, vMin: v[top], vMax: Math.max(...v), shifted, qCentre };
}

function sumOf(values) {
  let total = 0;
  for (const value of values) total += value;
  return total;
}

function sumBut(values, left) {
  let total = 0;
  for (let i = 0; i < values.length; i += 1) if (i !== left) total += values[i];
  return total;
}

function weighted(model, tau2) {
  const w = model.v.map((v) => 1 / (v + tau2));
  const others = sumBut(w, model.top),
    total = w[model.top] + others;
  const shift = sumOf(w.map((wi, i) => wi * model.shifted[i])) / total;
  return { w, others, total, shift, r: model.shifted.map((x) => x - shift) };
}

function sumsAt(model, tau2) {
  // q = y'Py, a = y'PPy, c = y'PPPy, b = trace(P), d = trace(PP), and the sums of the weights and of their squares
  const { w, others, total, r } = weighted(model, tau2);
  const u = w.map((wi, i) => wi * r[i]);
  const centre = sumOf(u.map((x, i) => x * w[i])) / total;
  const p = w.map((wi) => wi * (1 - wi / total));
  p[model.top] = (w[model.top] * others) / total;
  const w2 = w.map((wi) => wi * wi),
    rest = sumBut(w2, model.top);
  const pairs =
    2 * w2[model.top] * rest +
    (rest * rest -
      sumBut(
        w2.map((x) => x * x),
        model.top,
      ));
  return {
    q: sumOf(u.map((x, i) => x * r[i])),
    a: sumOf(u.map((x) => x * x)),
    c: sumOf(w.map((wi, i) => wi * (u[i] - centre) ** 2)),
    trP: sumOf(p),
    trPP: sumOf(p.map((x) => x * x)) + pairs / (total * total),
    sumW: total,
    sumW2: sumOf(w2),
  };
}

function cochranQ(model) {
  if (model.qCentre === null) return sumsAt(model, 0).q;
  return sumOf(model.y.map((y, i) => (y - model.qCentre) ** 2 / model.v[i]));
}

function ordinarySquares(model) {
  const mean = sumOf(model.shifted) / model.k;
  return sumOf(model.shifted.map((x) => (x - mean) ** 2));
}

function solveQ(model, target) {
  // 1 / Q is concave in tau2: Newton's steps on it from 0 rise to the root and cannot pass it
  let t = 0;
  for (let step = 0; step < 500; step += 1) {
    const { q: plain, a } = sumsAt(model, t);
    const q = t ? plain : cochranQ(model);
    if (q <= target || a === 0) return t;
    const rise = (q * (q / target - 1)) / a;
    if (rise <= 1e-15 * (t + model.vMin)) return t + rise;
    t += rise;
  }
  throw new NoMaximum("Q(tau2) did not reach its target");
}

class NoMaximum extends Error {}

const TAU2 = {
  FE: { label: "common effect", random: false, estimate: () => 0 },
  DL: {
    label: "DerSimonian-Laird",
    estimate: (m) => Math.max(0, (cochranQ(m) - (m.k - 1)) / sumsAt(m, 0).trP),
  },
  PM: { label: "Paule-Mandel", estimate: (m) => solveQ(m, m.k - 1) },
  REML: { label: "REML", estimate: (m) => maximise(m, "REML") },
  ML: { label: "maximum likelihood", estimate: (m) => maximise(m, "ML") },
  EB: { label: "empirical Bayes", estimate: (m) => solveQ(m, m.k - 1) },
  HE: {
    label: "Hedges",
    estimate: (m) => Math.max(0, (ordinarySquares(m) - (1 - 1 / m.k) * sumOf(m.v)) / (m.k - 1)),
  },
  HS: { label: "Hunter-Schmidt", estimate: (m) => Math.max(0, (cochranQ(m) - m.k) / sumsAt(m, 0).sumW) },
  SJ: {
    label: "Sidik-Jonkman",
    estimate: (m) => {
      const start = ordinarySquares(m) / m.k;
      return start === 0 ? 0 : (start / (m.k - 1)) * sumsAt(m, start).q;
    },
  },
};

// Likelihood: up to one half the score is a - b. Intervals of tau2 are halved until each is proven to hold one root at
// most; the likelihood is then compared over all its maxima and over tau2 = 0.

function scoreAt(model, tau2, criterion) {
  const s = sumsAt(model, tau2);
  const [b, d] = criterion === "REML" ? [s.trP, s.trPP] : [s.sumW, s.sumW2];
  return { tau2, a: s.a, b, c: s.c, d, A: s.a / s.c, B: b / d };
}

function logLikelihood(model, tau2, criterion) {
  const { w, total, r } = weighted(model, tau2);
  const deviance = sumOf(w.map((wi, i) => wi * r[i] * r[i])) - sumOf(w.map(Math.log));
  const log2Pi = Math.log(2 * Math.PI);
  if (criterion === "ML") return -0.5 * (model.k * log2Pi + deviance);
  return -0.5 * ((model.k - 1) * log2Pi - Math.log(model.k) + Math.log(total) + deviance);
}

function upperBound(model) {
  // beyond this value of tau2 the score is negative
  const squares = ordinarySquares(model),
    df = model.k - 1;
  const x = (squares + Math.sqrt(squares) * Math.sqrt(squares + 4 * df * (model.vMax - model.vMin))) / (2 * df);
  return Math.max(x - model.vMin, 0) + 1e-9 * Math.max(x, model.vMin);
}

function isSettled(left, right) {
  const width = right.tau2 - left.tau2;
  return (
    right.a > left.b ||
    left.a < right.b ||
    left.A + width > 2 * right.B * (1 + 1e-6) ||
    right.A * (1 + 1e-6) < 2 * left.B + width
  );
}

function maximise(model, criterion) {
  if (!(model.vMin >= 1e-30 && model.vMin <= 1e30)) {
    const factor = 2 ** -Math.round(Math.log2(model.vMin) / 2);
    const scaled = meanModel(
      model.y.map((y, i) => ({ y: y * factor, v: model.v[i] * factor * factor })),
      null,
    );
    return maximise(scaled, criterion) / factor / factor;
  }
  const top = upperBound(model),
    shift = model.vMin;
  if (!(top <= 1e60 * shift)) throw new NoMaximum("the estimates lie too far apart for their standard errors");
  const cells = [];
  let left = scoreAt(model, 0, criterion);
  const candidates = left.a <= left.b ? [0] : [];
  for (let step = 1; step < 24; step += 1) {
    const right = scoreAt(model, step === 23 ? top : shift * ((shift + top) / shift) ** (step / 23) - shift, criterion);
    cells.push([left, right]);
    left = right;
  }
  cells.reverse();
  for (let seen = 0; cells.length; seen += 1) {
    if (seen > 100000) throw new NoMaximum("the score of the likelihood cannot be told from 0");
    const [low, high] = cells.pop();
    if (isSettled(low, high) || high.tau2 - low.tau2 <= 1e-12 * (high.tau2 + shift)) {
      if (low.a > low.b && high.a <= high.b) candidates.push(rootOfScore(model, criterion, low, high));
      continue;
    }
    let middle = Math.sqrt((low.tau2 + shift) * (high.tau2 + shift)) - shift;
    if (!(middle > low.tau2 && middle < high.tau2)) middle = (low.tau2 + high.tau2) / 2;
    const centre = scoreAt(model, middle, criterion);
    cells.push([centre, high], [low, centre]);
  }
  if (!candidates.length) throw new NoMaximum(`no maximum of the ${criterion} likelihood found`);
  const heights = candidates.map((t) => logLikelihood(model, t, criterion));
  return candidates[heights.indexOf(Math.max(...heights))];
}

function firstGuess(left, right) {
  // the cubic for tau2 in log(a / b), by values and slopes at both ends
  const low = left.tau2,
    high = right.tau2,
    width = high - low;
  const falls = [left, right].map((p) => 2 / p.A - 1 / p.B);
  if (right.a > 0 && Math.min(...falls) > 0) {
    const start = Math.log(left.a / left.b),
      end = Math.log(right.a / right.b),
      x = start / (start - end);
    const [first, last] = falls.map((fall) => (start - end) / fall - width);
    const cubic = low + x * width + x * (1 - x) * ((1 - x) * first - x * last);
    if (low < cubic && cubic < high) return cubic;
  }
  return (low + high) / 2;
}

function rootOfScore(model, criterion, left, right) {
  // Newton's steps on b / a inside the bracket, halving where they leave it
  let low = left.tau2,
    high = right.tau2,
    t = firstGuess(left, right);
  for (let count = 0; count < 2000; count += 1) {
    const { a, b, c, d } = scoreAt(model, t, criterion);
    if (a > b) low = t;
    else high = t;
    const rise = (2 * c) / a - d / b;
    const step = rise > 0 && count < 30 ? (a / b - 1) / rise : Infinity;
    let next = t + step;
    if (low <= next && next <= high && Math.abs(step) <= 1e-9 * (t + model.vMin)) return next;
    if (!(low < next && next < high)) next = (low + high) / 2;
    if (high - low <= 1e-15 * (high + model.vMin)) return next;
    t = next;
  }
  throw new NoMaximum(`the ${criterion} score did not reach zero`);
}
