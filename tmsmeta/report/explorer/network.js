// Network meta-analysis as tmsmeta.network does it: a weighted regression on the independent contrasts of every trial
// (tmsmeta/networks says where the formulas come from). A trial is {arms: [treatment], n: [people], pairs: [[i, j, y, v]]}
// with treatments as numbers; y estimates i against j.

const NETWORK_TAU2 = { FE: "common effect", DL: "DerSimonian-Laird", ML: "maximum likelihood", REML: "REML" };
const NO_DF = "the network has no more comparisons than it needs to link its treatments (0 degrees of freedom)";

function partsOf(trials) {
  // the treatments that chains of trials link, largest part first
  const home = new Map();
  const find = (t) => (home.get(t) === t ? t : find(home.get(t)));
  for (const { arms } of trials) {
    for (const t of arms) if (!home.has(t)) home.set(t, t);
    for (const t of arms.slice(1)) home.set(find(t), find(arms[0]));
  }
  const parts = new Map();
  for (const t of [...home.keys()].sort((a, b) => a - b)) parts.set(find(t), [...(parts.get(find(t)) || []), t]);
  return [...parts.values()].sort((a, b) => b.length - a.length);
}

function eigenSymmetric(matrix) {
  // values and vectors (as rows) of a small symmetric matrix by Jacobi's rotations
  const n = matrix.length,
    a = matrix.map((row) => [...row]),
    vectors = a.map((_, i) => a.map((__, j) => +(i === j)));
  for (let sweep = 0; sweep < 60; sweep += 1) {
    let off = 0,
      all = 0;
    for (let i = 0; i < n; i += 1)
      for (let j = 0; j < n; j += 1) {
        all += a[i][j] ** 2;
        if (i !== j) off += a[i][j] ** 2;
      }
    if (off <= 1e-34 * all) break;
    for (let p = 0; p < n; p += 1)
      for (let q = p + 1; q < n; q += 1) {
        if (a[p][q] === 0) continue;
        const angle = (a[q][q] - a[p][p]) / (2 * a[p][q]);
        const t = (angle < 0 ? -1 : 1) / (Math.abs(angle) + Math.sqrt(angle * angle + 1));
        const c = 1 / Math.sqrt(t * t + 1),
          s = t * c;
        for (const row of a) [row[p], row[q]] = [c * row[p] - s * row[q], s * row[p] + c * row[q]];
        for (let k = 0; k < n; k += 1) {
          [a[p][k], a[q][k]] = [c * a[p][k] - s * a[q][k], s * a[p][k] + c * a[q][k]];
          [vectors[p][k], vectors[q][k]] = [
            c * vectors[p][k] - s * vectors[q][k],
            s * vectors[p][k] + c * vectors[q][k],
          ];
        }
      }
  }
  return { values: a.map((row, i) => row[i]), vectors };
}

function contrastRows({ arms, pairs }) {
  // rows {cells: [[treatment, value]], z, d}, uncorrelated within the trial for every tau2
  if (arms.length === 2)
    return pairs.map(([i, j, y, v]) => ({
      cells: [
        [i, 1],
        [j, -1],
      ],
      z: y,
      d: v,
    }));
  const p = arms.length,
    sorted = [...arms].sort((a, b) => a - b);
  const y = sorted.map(() => Array(p).fill(0)),
    v = sorted.map(() => Array(p).fill(0));
  for (const [i, j, effect, variance] of pairs) {
    const r = sorted.indexOf(i),
      s = sorted.indexOf(j);
    y[r][s] = effect;
    y[s][r] = -effect;
    v[r][s] = v[s][r] = variance;
  }
  const byRow = v.map((row) => sumOf(row) / p),
    total = sumOf(byRow) / p;
  const centred = v.map((row, i) => row.map((x, j) => -(x - byRow[i] - byRow[j] + total) / 2));
  const basis = sorted
    .slice(1)
    .map((_, r) => sorted.map((__, j) => (j <= r ? 1 : j === r + 1 ? -(r + 1) : 0) / Math.sqrt((r + 1) * (r + 2))));
  const inner = basis.map((row) =>
    basis.map((other) => sumOf(row.map((x, i) => x * sumOf(other.map((o, j) => centred[i][j] * o))))),
  );
  const { values, vectors } = eigenSymmetric(inner);
  return vectors.map((vector, r) => {
    const contrast = sorted.map((_, i) => Math.SQRT2 * sumOf(vector.map((x, q) => x * basis[q][i])));
    return {
      cells: sorted.map((t, i) => [t, contrast[i]]),
      z: sumOf(contrast.map((x, i) => (x * sumOf(y[i])) / p)),
      d: 2 * values[r],
    };
  });
}

function inverseOf(gram) {
  // inverse of a positive definite matrix by its Cholesky factor, and the logarithm of the inverse's determinant
  const m = gram.length,
    l = gram.map((row) => [...row]);
  let logDet = 0;
  for (let j = 0; j < m; j += 1)
    for (let i = j; i < m; i += 1) {
      let s = l[i][j];
      for (let k = 0; k < j; k += 1) s -= l[i][k] * l[j][k];
      if (i === j) {
        l[j][j] = Math.sqrt(s);
        logDet -= Math.log(s);
      } else l[i][j] = s / l[j][j];
    }
  const low = l.map(() => Array(m).fill(0));
  for (let c = 0; c < m; c += 1)
    for (let i = c; i < m; i += 1) {
      let s = i === c ? 1 : 0;
      for (let k = c; k < i; k += 1) s -= l[i][k] * low[k][c];
      low[i][c] = s / l[i][i];
    }
  const inverse = l.map(() => Array(m).fill(0));
  for (let i = 0; i < m; i += 1)
    for (let j = 0; j <= i; j += 1) {
      let s = 0;
      for (let k = i; k < m; k += 1) s += low[k][i] * low[k][j];
      inverse[i][j] = inverse[j][i] = s;
    }
  return { inverse, logDet };
}

function gramOf(design, weights) {
  // X' diag(weights) X without the reference, whose column is -1
  const { rows, size } = design,
    gram = Array.from({ length: size }, () => Array(size).fill(0));
  rows.forEach(({ at }, r) => {
    for (const [i, x] of at) for (const [j, y] of at) gram[i][j] += weights[r] * x * y;
  });
  return gram;
}

function solutionAt(design, tau2) {
  const { rows, size } = design,
    w = rows.map(({ d }) => 1 / (d + tau2));
  const { inverse, logDet } = inverseOf(gramOf(design, w));
  const right = Array(size).fill(0);
  rows.forEach(({ at, z }, r) =>
    at.forEach(([i, x]) => {
      right[i] += w[r] * z * x;
    }),
  );
  const theta = inverse.map((row) => sumOf(row.map((c, i) => c * right[i])));
  const residuals = rows.map(({ at, z }) => z - sumOf(at.map(([i, x]) => x * theta[i])));
  const spread = rows.map(({ at }) => sumOf(at.map(([i, x]) => x * sumOf(at.map(([j, y]) => inverse[i][j] * y)))));
  return { w, inverse, logDet, theta, residuals, spread, q: sumOf(w.map((x, r) => x * residuals[r] ** 2)) };
}

function networkTau2(design, common, method) {
  if (typeof method === "number") return method;
  if (method === "FE" || design.df <= 0) return 0;
  const moment = sumOf(common.w) - sumOf(common.w.map((w, r) => w * w * common.spread[r]));
  const byMoments = Math.max(0, (common.q - design.df) / moment);
  return method === "DL" ? byMoments : networkLikelihood(design, byMoments, method === "REML");
}

function networkScore(design, tau2, restricted) {
  const at = solutionAt(design, tau2),
    { w, spread } = at;
  const squares = sumOf(w.map((x, r) => (x * at.residuals[r]) ** 2));
  const height = (sumOf(w.map(Math.log)) - at.q) / 2;
  const w2 = w.map((x) => x * x);
  if (!restricted) return { slope: (squares - sumOf(w)) / 2, information: sumOf(w2) / 2, height };
  const gram = gramOf(design, w2);
  const quadratic = at.inverse.map((row) => gram.map((_, j) => sumOf(row.map((c, k) => c * gram[k][j]))));
  const trace = sumOf(quadratic.map((row, i) => sumOf(row.map((x, j) => x * quadratic[j][i]))));
  return {
    slope: (squares - (sumOf(w) - sumOf(w2.map((x, r) => x * spread[r])))) / 2,
    information: (sumOf(w2) - 2 * sumOf(w2.map((x, r) => x * w[r] * spread[r])) + trace) / 2,
    height: height + at.logDet / 2,
  };
}

function networkLikelihood(design, start, restricted) {
  // the value with the highest likelihood among the local maxima and 0
  const score = (tau2) => networkScore(design, tau2, restricted);
  const centre = Math.max(start, design.rows.length / sumOf(design.rows.map(({ d }) => 1 / d)));
  const grid = [0, ...[-4, -3, -2, -1, 0, 1, 2].map((power) => centre * 4 ** power)];
  const scores = grid.map(score);
  while (scores[scores.length - 1].slope > 0) {
    grid.push(10 * grid[grid.length - 1]);
    scores.push(score(grid[grid.length - 1]));
    if (grid[grid.length - 1] > 1e12 * (1 + grid[1])) throw new NoMaximum("the likelihood of tau2 keeps rising");
  }
  let best = 0,
    top = scores[0].height;
  for (let i = 0; i + 1 < grid.length; i += 1) {
    if (scores[i].slope > 0 && scores[i + 1].slope <= 0) {
      const [found, height] = networkRoot(score, grid[i], grid[i + 1]);
      if (height > top) [best, top] = [found, height];
    }
  }
  return best;
}

function networkRoot(score, low, high) {
  // one step of Fisher scoring, then secants; a step out of the bracket halves it instead
  let tau2 = (low + high) / 2,
    last = 0,
    lastSlope = 0;
  for (let step = 0; step < 200; step += 1) {
    const here = score(tau2);
    if (here.slope > 0) low = tau2;
    else high = tau2;
    const curvature = step === 0 ? here.information : (lastSlope - here.slope) / (tau2 - last);
    const next = tau2 + here.slope / (curvature > 0 ? curvature : here.information);
    if (Math.abs(next - tau2) <= 1e-13 * tau2 || high - low <= 1e-14 * high) return [tau2, here.height];
    [last, lastSlope] = [tau2, here.slope];
    tau2 = low < next && next < high ? next : (low + high) / 2;
  }
  throw new NoMaximum("the likelihood of tau2 has no stable maximum");
}

function networkFit(trials, reference, spec) {
  // spec: {tau2, ci, level, better, margin}; what is returned is in the order of `kept`, the treatments that still have trials
  const parts = partsOf(trials),
    kept = parts.flat().sort((a, b) => a - b),
    g = kept.indexOf(reference);
  if (g < 0) return { parts, reason: "no trial with the reference is left" };
  if (parts.length > 1) return { parts, reason: "the trials that are left do not link all treatments" };
  const column = new Map(kept.filter((t) => t !== reference).map((t, i) => [t, i]));
  const rows = trials.flatMap(contrastRows).map(({ cells, z, d }) => ({
    z,
    d,
    at: cells.filter(([t]) => t !== reference).map(([t, x]) => [column.get(t), x]),
  }));
  const design = { rows, size: column.size, df: rows.length - column.size };
  const common = solutionAt(design, 0),
    tau2 = networkTau2(design, common, spec.tau2);
  const at = tau2 > 0 ? solutionAt(design, tau2) : common;
  const place = (t) => (t === reference ? -1 : column.get(t));
  const theta = kept.map((t) => (t === reference ? 0 : at.theta[place(t)]));
  const cov = (s, t) => (place(s) < 0 || place(t) < 0 ? 0 : at.inverse[place(s)][place(t)]);
  const se = kept.map((s) => kept.map((t) => Math.sqrt(Math.max(0, cov(s, s) + cov(t, t) - 2 * cov(s, t)))));
  const noDf = design.df <= 0;
  return {
    parts,
    kept,
    g,
    theta,
    se,
    q: common.q,
    qDf: design.df,
    k: trials.length,
    effects: theta.map((x) => theta.map((y) => x - y)),
    tau2: noDf && typeof spec.tau2 === "string" && spec.tau2 !== "FE" ? { what: "tau2", reason: NO_DF } : tau2,
    qP: noDf ? { what: "Q test", reason: NO_DF } : chiSquareTail(common.q, design.df),
    i2: noDf
      ? { what: "I2", reason: NO_DF }
      : common.q > 0
        ? Math.max(0, 100 * ((common.q - design.df) / common.q))
        : 0,
    quantile:
      spec.ci !== "t"
        ? twoSided("z", spec.level)
        : noDf
          ? {
              what: "confidence interval",
              reason: `t quantiles need 1 or more degrees of freedom of Q, got ${design.df}`,
            }
          : twoSided("t", spec.level, design.df),
    pScores: pScores(theta, se, spec.better === "higher" ? 1 : -1, spec.margin || 0),
    ...directEvidence(trials, kept, tau2, se),
  };
}

function pScores(theta, se, sign, margin) {
  // mean chance to be better than another treatment by more than a margin (Ruecker & Schwarzer, BMC Med Res Methodol
  // 2015;15:58; Curteis et al., BMC Med Res Methodol 2025, doi:10.1186/s12874-025-02499-0)
  const chance = (i, j) => normalCdf((sign * (theta[i] - theta[j]) - margin) / (se[i][j] || 1));
  return theta.map((_, i) => sumOf(theta.map((__, j) => (i === j ? 0 : chance(i, j)))) / (theta.length - 1));
}

function directEvidence(trials, kept, tau2, se) {
  // trials and people of each treatment; trials of each pair, and the share of direct evidence in its estimate
  const at = new Map(kept.map((t, i) => [t, i])),
    zero = () => kept.map(() => kept.map(() => 0));
  const direct = zero(),
    weight = zero(),
    count = kept.map(() => 0),
    people = kept.map(() => 0);
  for (const { arms, n, pairs } of trials) {
    arms.forEach((t, i) => {
      count[at.get(t)] += 1;
      people[at.get(t)] += n[i] === null ? NaN : n[i];
    });
    for (const [s, t, , v] of pairs) {
      for (const [i, j] of [
        [at.get(s), at.get(t)],
        [at.get(t), at.get(s)],
      ]) {
        direct[i][j] += 1;
        weight[i][j] += 1 / (v + tau2);
      }
    }
  }
  return { direct, count, people, share: weight.map((row, i) => row.map((w, j) => se[i][j] ** 2 * w)) };
}
