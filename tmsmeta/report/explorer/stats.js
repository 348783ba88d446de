// Distributions: normal, Student's t and chi-square, to about 1e-13 of the value, in the tails too.

function logGamma(x) {
  // Stirling's series, after a shift to where seven terms hold all digits (Abramowitz & Stegun 6.1.41)
  let product = 1;
  while (x < 16) {
    product *= x;
    x += 1;
  }
  const s = 1 / (x * x);
  const series = (1 / 12 - s * (1 / 360 - s * (1 / 1260 - s * (1 / 1680 - s * (1 / 1188 - (s * 691) / 360360))))) / x;
  return (x - 0.5) * Math.log(x) - x + 0.91893853320467274178 + series - Math.log(product);
}

function normalTail(z) {
  // P(Z > z): Kummer's series of positive terms near 0, a continued fraction beyond (A&S 26.2.11 and 26.2.14)
  if (z < 0) return 1 - normalTail(-z);
  const density = Math.exp((-z * z) / 2) / 2.50662827463100050242;
  if (z < 2.5) {
    let term = z,
      sum = z;
    for (let n = 3; term > 1e-17 * sum; n += 2) {
      term *= (z * z) / n;
      sum += term;
    }
    return 0.5 - density * sum;
  }
  let fraction = z;
  for (let n = Math.ceil(30 + 400 / (z * z)); n > 0; n -= 1) fraction = z + n / fraction;
  return density / fraction;
}

function normalCdf(z) {
  return normalTail(-z);
}

function normalQuantile(p) {
  // A&S 26.2.23 as a start, then Halley's steps
  if (p > 0.5) return -normalQuantile(1 - p);
  if (p === 0.5) return 0;
  const t = Math.sqrt(-2 * Math.log(p));
  let z = t - (2.515517 + t * (0.802853 + t * 0.010328)) / (1 + t * (1.432788 + t * (0.189269 + t * 0.001308)));
  for (let step = 0; step < 4; step += 1) {
    const u = (normalTail(z) - p) * 2.50662827463100050242 * Math.exp((z * z) / 2);
    z += u / (1 + (u * z) / 2);
  }
  return -z;
}

function betaFraction(a, b, x) {
  // continued fraction of the incomplete beta function by Lentz's method (A&S 26.5.8)
  const tiny = 1e-300;
  let c = 1,
    d = 1 - ((a + b) * x) / (a + 1);
  d = 1 / (Math.abs(d) < tiny ? tiny : d);
  let h = d;
  for (let m = 1; m < 100000; m += 1) {
    let change = 1;
    for (const top of [
      (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m)),
      (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1)),
    ]) {
      d = 1 + top * d;
      c = 1 + top / c;
      d = 1 / (Math.abs(d) < tiny ? tiny : d);
      c = Math.abs(c) < tiny ? tiny : c;
      h *= d * c;
      change = Math.abs(d * c - 1);
    }
    if (change < 1e-16) break;
  }
  return h;
}

function gammaRatio(a) {
  // gamma(a + 1/2) / gamma(a): its series for large a, reached by recursion
  let factor = 1;
  while (a < 50) {
    factor *= a / (a + 0.5);
    a += 1;
  }
  const x = 1 / a;
  const series =
    1 -
    (x / 8) *
      (1 - (x / 16) * (1 + ((x * 5) / 8) * (1 - ((x * 21) / 160) * (1 + ((x * 19) / 8) * (1 - (x * 869) / 6384)))));
  return factor * Math.sqrt(a) * series;
}

function tTwoTails(t, df) {
  // P(|T| > |t|), the incomplete beta function of df / (df + t^2) with df / 2 and 1/2
  const a = df / 2,
    square = t * t,
    x = df / (df + square),
    rest = square / (df + square);
  if (square === 0) return 1;
  if (x === 0) return 0;
  const front =
    (gammaRatio(a) * Math.exp(a * (rest < 0.5 ? Math.log1p(-rest) : Math.log(x)) + Math.log(rest) / 2)) /
    Math.sqrt(Math.PI);
  if (x < (a + 1) / (a + 2.5)) return (front * betaFraction(a, 0.5, x)) / a;
  return 1 - 2 * front * betaFraction(0.5, a, rest);
}

function rootOfFalling(value, slope, start) {
  // the x > 0 at which a falling function is 0: Newton's steps in log x, kept inside a bracket
  let low = 0,
    high = Infinity,
    x = start;
  for (let step = 0; step < 200; step += 1) {
    const f = value(x);
    if (f === 0) return x;
    if (f > 0) low = x;
    else high = x;
    let next = x * Math.exp(Math.max(-2, Math.min(2, -f / (slope(x) * x))));
    if (!(next > low && next < high)) next = high === Infinity ? 2 * x : (low + high) / 2;
    if (Math.abs(next - x) <= 2e-16 * x) return next;
    x = next;
  }
  return x;
}

function tQuantile(level, df) {
  // the value that |t| with df degrees of freedom exceeds with probability 1 - level
  const p = 1 - level,
    at = Math.log(p);
  const logDensity = Math.log(gammaRatio(df / 2) / Math.sqrt(Math.PI * df));
  return rootOfFalling(
    (t) => Math.log(tTwoTails(t, df)) - at,
    (t) => (-2 * Math.exp(logDensity - ((df + 1) / 2) * Math.log1p((t * t) / df))) / tTwoTails(t, df),
    -normalQuantile(p / 2),
  );
}

function chiSquareTail(x, df) {
  // P(X > x): upper incomplete gamma function, series below its mean and continued fraction above (A&S 6.5.29, 6.5.31)
  if (x <= 0) return 1;
  const a = df / 2,
    y = x / 2;
  if (y < a + 1) return 1 - chiSquareShare(x, df);
  let b = y + 1 - a,
    c = 1e300,
    d = 1 / b,
    h = d;
  for (let n = 1; n < 100000; n += 1) {
    const top = n * (a - n);
    b += 2;
    d = 1 / (b + top * d);
    c = b + top / c;
    h *= c * d;
    if (Math.abs(c * d - 1) < 1e-16) break;
  }
  return Math.exp(a * Math.log(y) - y - logGamma(a)) * h;
}

function chiSquareQuantile(tail, df) {
  // the value that chi-square with df degrees of freedom exceeds with probability tail; Wilson & Hilferty as a start
  const z = -normalQuantile(tail),
    at = Math.log(tail),
    below = Math.log1p(-tail);
  const start = df * Math.max(0.01, 1 - 2 / (9 * df) + z * Math.sqrt(2 / (9 * df))) ** 3;
  const density = (x) => Math.exp((df / 2 - 1) * Math.log(x / 2) - x / 2 - logGamma(df / 2)) / 2;
  if (tail > 0.5) {
    return rootOfFalling(
      (x) => below - Math.log(chiSquareShare(x, df)),
      (x) => -density(x) / chiSquareShare(x, df),
      start,
    );
  }
  return rootOfFalling(
    (x) => Math.log(chiSquareTail(x, df)) - at,
    (x) => -density(x) / chiSquareTail(x, df),
    start,
  );
}

function chiSquareShare(x, df) {
  // P(X < x), with its digits also where it is small
  const a = df / 2,
    y = x / 2;
  if (y >= a + 1) return 1 - chiSquareTail(x, df);
  let term = 1 / a,
    sum = term;
  for (let n = a + 1; term > 1e-17 * sum; n += 1) {
    term *= y / n;
    sum += term;
  }
  return Math.exp(a * Math.log(y) - y - logGamma(a)) * sum;
}
