// The forest, a line at a time: a box and a strip per trial, the diamond with its ghost, the prediction interval, the axis.

class TrialLine {
  constructor({ id, row }, track) {
    this.box = outBox(track, "out", id);
    const cell = (extra, ...children) => el("td", { role: "cell", ...extra }, ...children);
    const arm = (events, n, name) =>
      cell({ class: "xp-num xp-arm", "data-label": name }, `${countText(events)}/${countText(n)}`);
    const arms = row.e
      ? [arm(row.e[0], row.e[1], DATA.active), arm(row.e[2], row.e[3], DATA.control)]
      : [cell({ class: "xp-num xp-arm", colspan: 2 }, "printed ratio")];
    this.strip = new Strip();
    this.effect = cell({ class: "xp-num xp-effect" });
    this.weight = cell({ class: "xp-num xp-weight", "data-label": "Weight" });
    this.node = el(
      "tr",
      { role: "row" },
      el(
        "th",
        { scope: "row", role: "rowheader" },
        el("label", { class: "xp-tick" }, this.box, el("span", {}, row.study)),
        sourceOf(row),
      ),
      arms,
      cell({ class: "xp-plot" }, this.strip.node),
      this.effect,
      this.weight,
    );
  }

  show({ id, effect, ends, weight }, state, axis, main, now) {
    const out = state.out.has(id);
    this.box.checked = !out;
    this.node.classList.toggle("xp-out", out);
    write(this.effect, effect.reason ? effect.reason : estimateText(state.measure, effect.y, ends));
    write(this.weight, out || effect.reason ? "" : percentText(100 * weight));
    this.strip.lines(axis, isReason(main) ? null : main.estimate);
    const heaviest = isReason(now) ? 1 : Math.max(...now.weights);
    this.strip.interval(
      axis,
      effect.reason ? null : { y: effect.y, low: ends[0], high: ends[1] },
      6 + 12 * Math.sqrt(weight / heaviest),
    );
  }
}

function sourceOf(row) {
  const links = row.sources.map(([name, href]) =>
    href ? el("a", { href, rel: "noreferrer" }, name) : el("span", {}, name),
  );
  const said = [
    `Tier ${row.tier}${DATA.tiers[row.tier] ? `: ${DATA.tiers[row.tier]}` : ""}.`,
    row.note && `${row.note}.`,
    row.locator && `Where: ${row.locator}.`,
    row.printed && `Printed: ${row.m} ${row.printed[0]} (${row.printed[1]} to ${row.printed[2]}).`,
  ];
  return el(
    "details",
    { class: "xp-source" },
    el("summary", {}, `Source, tier ${row.tier}`, el("span", { class: "unseen" }, ` of ${row.study}`)),
    el(
      "p",
      {},
      said.filter(Boolean).join(" "),
      " ",
      links.flatMap((link, i) => (i ? [", ", link] : [link])),
    ),
  );
}

class Strip {
  // one row of the plot; everything stands in percent of its width, so it fits any screen
  constructor() {
    this.zero = svg("line", { class: "xp-null", y1: "0", y2: "100%" });
    this.ghost = svg("line", { class: "xp-ghost", y1: "0", y2: "100%" });
    this.bar = svg("rect", { class: "xp-ci", y: "50%", height: 2, transform: "translate(0 -1)" });
    this.mark = svg("rect", { class: "xp-mark", y: "50%" });
    this.beyond = [
      svg("path", { class: "xp-beyond", d: "M7 0L0 5L7 10Z" }),
      svg("path", { class: "xp-beyond", d: "M-7 0L0 5L-7 10Z" }),
    ].map((path, i) =>
      svg(
        "svg",
        { x: i ? "100%" : "0", y: "50%", overflow: "visible" },
        svg("g", { transform: "translate(0 -5)" }, path),
      ),
    );
    this.node = svg(
      "svg",
      { class: "xp-strip", "aria-hidden": "true", focusable: "false" },
      this.zero,
      this.ghost,
      this.bar,
      this.mark,
      this.beyond,
    );
  }

  lines(axis, ghost) {
    put(this.zero, { x1: percentOf(axis.at(0)), x2: percentOf(axis.at(0)) });
    const at = ghost === null ? null : percentOf(axis.at(ghost));
    put(this.ghost, { x1: at, x2: at, visibility: ghost === null ? "hidden" : "visible" });
  }

  interval(axis, effect, size) {
    for (const node of [this.bar, this.mark, ...this.beyond]) put(node, { visibility: effect ? "visible" : "hidden" });
    if (!effect) return;
    const cut = (x) => Math.max(0, Math.min(100, axis.at(x)));
    put(this.bar, { x: percentOf(cut(effect.low)), width: percentOf(cut(effect.high) - cut(effect.low)) });
    const inside = axis.at(effect.y) >= 0 && axis.at(effect.y) <= 100;
    put(this.mark, {
      x: percentOf(cut(effect.y)),
      width: size.toFixed(1),
      height: size.toFixed(1),
      visibility: inside ? "visible" : "hidden",
      transform: `translate(${(-size / 2).toFixed(1)} ${(-size / 2).toFixed(1)})`,
    });
    put(this.beyond[0], { visibility: axis.at(effect.low) < 0 ? "visible" : "hidden" });
    put(this.beyond[1], { visibility: axis.at(effect.high) > 100 ? "visible" : "hidden" });
  }
}

class PooledLine {
  // the diamond with the ghost behind it, the prediction interval, and the axis
  constructor() {
    const row = (name, strip) => {
      const effect = el("td", { role: "cell", class: "xp-num xp-effect" });
      const node = el(
        "tr",
        { role: "row", class: "xp-pooled" },
        el("th", { scope: "row", role: "rowheader", colspan: 3 }, name),
        el("td", { role: "cell", class: "xp-plot" }, strip.node),
        effect,
        el("td", { role: "cell", class: "xp-num xp-weight" }),
      );
      return { strip, effect, node };
    };
    this.pooled = row("Pooled", new Strip());
    this.main = row("Main analysis", new Strip());
    this.prediction = row("Prediction interval", new Strip());
    this.diamonds = [this.pooled, this.main].map(({ strip }, i) => {
      const path = svg("path", { class: i ? "xp-diamond xp-ghostly" : "xp-diamond" });
      const node = svg(
        "svg",
        { y: "50%", height: 18, viewBox: "0 0 100 18", preserveAspectRatio: "none", overflow: "visible" },
        svg("g", { transform: "translate(0 -9)" }, path),
      );
      strip.node.append(node);
      return { node, path };
    });
    this.axis = svg("svg", { class: "xp-strip xp-axis", "aria-hidden": "true" });
    const axisRow = el(
      "tr",
      { "aria-hidden": "true", class: "xp-axisrow" },
      el("td", { colspan: 3 }),
      el("td", { class: "xp-plot" }, this.axis),
      el("td", { colspan: 2 }),
    );
    this.nodes = [this.pooled.node, this.main.node, this.prediction.node, axisRow];
  }

  show(now, main, state, axis) {
    const ghost = isReason(main) ? null : main.estimate;
    [now, main].forEach((result, i) => {
      const line = i ? this.main : this.pooled,
        { node, path } = this.diamonds[i];
      line.strip.lines(axis, ghost);
      line.strip.interval(axis, null, 0);
      const there = !isReason(result) && Array.isArray(result.ci);
      write(line.effect, isReason(result) ? result.reason : estimateText(state.measure, result.estimate, result.ci));
      put(node, { visibility: there ? "visible" : "hidden" });
      if (!there) return;
      const [low, high] = result.ci.map((x) => Math.max(-20, Math.min(120, axis.at(x)))),
        middle = (100 * (axis.at(result.estimate) - low)) / (high - low || 1);
      put(node, { x: percentOf(low), width: percentOf(Math.max(high - low, 0.3)) });
      put(path, { d: `M0 9L${middle.toFixed(2)} 0L100 9L${middle.toFixed(2)} 18Z` });
    });
    const limits = isReason(now) ? now : now.prediction,
      there = Array.isArray(limits);
    this.prediction.strip.lines(axis, ghost);
    this.prediction.strip.interval(axis, there ? { y: axis.start - 1, low: limits[0], high: limits[1] } : null, 0);
    write(
      this.prediction.effect,
      there ? limitsText(state.measure, now.estimate, limits) : limits.reason,
    );
    this.axis.replaceChildren(
      svg("line", { class: "xp-axisline", x1: "0", x2: "100%", y1: 1, y2: 1 }),
      ...axis.ticks.map(([x, text]) => svg("text", { x: percentOf(axis.at(x)), y: 18, "text-anchor": "middle" }, text)),
    );
  }
}
