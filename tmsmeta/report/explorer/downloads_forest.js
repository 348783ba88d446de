// The forest as a drawing of its own, in black on white.

function forestFile({ outcome, state, now, main }) {
  const result = now.result,
    rows = now.used,
    step = 22,
    top = 46,
    left = 250,
    width = 330;
  const text = (x, y, words, more = "") =>
    `<text x="${x}" y="${y}"${more}>${String(words)
      .replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`)
      .replace(/[\u0000-\u0008\u000b-\u001f]/g, " ")}</text>`;
  const limits = isReason(result) ? [] : [result.ci, result.prediction].filter(Array.isArray).flat(),
    heaviest = isReason(result) ? 1 : Math.max(...result.weights);
  const axis = axisOf(
    [...rows.flatMap(({ ends }) => ends), ...limits],
    [...rows.map(({ effect }) => effect.y), ...limits],
    MEASURES[state.measure].log,
  );
  const x = (value) => (left + (width * Math.max(0, Math.min(100, axis.at(value)))) / 100).toFixed(1),
    bottom = top + step * (rows.length + 2);
  const parts = [
    text(10, 24, `${outcome.label}: ${MEASURES[state.measure].label}`, ' font-weight="700"'),
    `<line x1="${x(0)}" x2="${x(0)}" y1="${top - 10}" y2="${bottom}" stroke="#777"/>`,
  ];
  rows.forEach(({ row, effect: { y }, ends, weight }, i) => {
    const at = top + step * i,
      size = 5 + 10 * Math.sqrt(weight / heaviest);
    parts.push(
      text(10, at + 4, row.study),
      `<line x1="${x(ends[0])}" x2="${x(ends[1])}" y1="${at}" y2="${at}" stroke="#000" stroke-width="1.5"/>`,
      `<rect x="${(x(y) - size / 2).toFixed(1)}" y="${(at - size / 2).toFixed(1)}" width="${size.toFixed(1)}" height="${size.toFixed(1)}" fill="#0b4f9e"/>`,
      text(left + width + 14, at + 4, estimateText(state.measure, y, ends)),
      text(left + width + 220, at + 4, percentText(100 * weight), ' text-anchor="end"'),
    );
  });
  const diamond = (fit, at, style) =>
    isReason(fit) || !Array.isArray(fit.ci)
      ? ""
      : `<path d="M${x(fit.ci[0])} ${at}L${x(fit.estimate)} ${at - 8}L${x(fit.ci[1])} ${at}L${x(fit.estimate)} ${at + 8}Z" ${style}/>`;
  const at = top + step * rows.length;
  parts.push(
    diamond(main.result, at, 'fill="none" stroke="#777" stroke-dasharray="3 2"'),
    diamond(result, at, 'fill="#000"'),
    text(10, at + 4, "Pooled", ' font-weight="700"'),
  );
  if (!isReason(result)) {
    parts.push(
      text(left + width + 14, at + 4, estimateText(state.measure, result.estimate, result.ci), ' font-weight="700"'),
    );
    if (Array.isArray(result.prediction)) {
      const [low, high] = result.prediction;
      parts.push(
        text(10, at + step + 4, "Prediction interval"),
        `<line x1="${x(low)}" x2="${x(high)}" y1="${at + step}" y2="${at + step}" stroke="#000" stroke-width="3"/>`,
        text(left + width + 14, at + step + 4, limitsText(state.measure, result.estimate, result.prediction)),
      );
    }
  }
  parts.push(
    `<line x1="${left}" x2="${left + width}" y1="${bottom}" y2="${bottom}" stroke="#000"/>`,
    ...axis.ticks.map(([value, label]) => text(x(value), bottom + 18, label, ' text-anchor="middle"')),
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" width="820" height="${bottom + 30}" viewBox="0 0 820 ${bottom + 30}" font-family="Arial, Helvetica, sans-serif" font-size="13"><rect width="100%" height="100%" fill="#fff"/>${parts.join("")}</svg>\n`;
}
