// The graph of a network; what was left out stays as a broken line.

class Graph {
  // nodes on a circle, as large as their people, joined by lines as wide as their trials
  constructor(net) {
    const n = net.treatments.length;
    this.net = net;
    // names stand beside their nodes where the longest word leaves the circle room, else numbers do
    const longest = Math.max(...net.treatments.flatMap((name) => name.split(" ")).map((word) => word.length));
    this.numbered = n > 10 || longest > 11;
    this.room = Math.min(1, 16 / n); // many nodes are small ones
    const height = this.numbered ? 340 : 320,
      radius = this.numbered ? 135 : 115;
    const wide = this.numbered ? radius : Math.min(radius, 176 - 8.6 * longest);
    this.at = net.treatments.map((_, i) => {
      const angle = (2 * Math.PI * i) / n - Math.PI / 2;
      return [200 + wide * Math.cos(angle), height / 2 + radius * Math.sin(angle), Math.cos(angle), Math.sin(angle)];
    });
    this.edges = new Map();
    this.nodes = net.treatments.map((name, i) => this.drawNode(name, i));
    this.lines = svg("g");
    this.title = svg("title", { id: freshId() });
    this.node = svg(
      "svg",
      { class: "xp-graph", viewBox: `0 0 400 ${height}`, role: "img", "aria-labelledby": this.title.id },
      this.title,
      this.lines,
      this.nodes.map(({ node }) => node),
    );
  }

  drawNode(name, i) {
    const [x, y, cos, sin] = this.at[i],
      circle = svg("circle", { cx: x, cy: y, class: "xp-node" });
    if (this.numbered)
      return {
        circle,
        node: svg(
          "g",
          {},
          circle,
          svg("text", { x: x + 24 * cos, y: y + 24 * sin + 5, "text-anchor": "middle" }, String(i + 1)),
        ),
      };
    const words = name.split(" "),
      anchor = Math.abs(cos) < 0.3 ? "middle" : cos > 0 ? "start" : "end";
    const left = x + 24 * cos,
      top = y + 26 * sin + 5 - (sin < -0.5 ? 16 * (words.length - 1) : sin > 0.5 ? 0 : 8 * (words.length - 1));
    return {
      circle,
      node: svg(
        "g",
        {},
        circle,
        svg(
          "text",
          { "text-anchor": anchor },
          words.map((word, k) => svg("tspan", { x: left, y: top + 16 * k }, word)),
        ),
      ),
    };
  }

  show(now, main) {
    const { net } = this,
      counts = new Map();
    const direct = now.reason ? [] : now.direct.flatMap((row, i) => row.map((d, j) => [now.kept[i], now.kept[j], d]));
    for (const [s, t, d] of direct) if (s < t && d) counts.set(`${s} ${t}`, d);
    const broken = now.reason ? this.pairs(now) : counts,
      reached = now.reason ? now.parts.find((part) => part.includes(net.reference)) || [] : now.kept;
    const ghosts = main.reason
      ? []
      : main.direct
          .flatMap((row, i) => row.map((d, j) => [main.kept[i], main.kept[j], d]))
          .filter(([s, t, d]) => s < t && d);
    for (const [s, t] of ghosts) this.edge(`${s} ${t}`, s, t);
    for (const [key, line] of this.edges) {
      const d = broken.get(key) || 0;
      put(line, {
        class: d ? "xp-edge" : "xp-edge xp-lost",
        "stroke-width": d ? (1.5 + 2 * Math.sqrt(d)).toFixed(1) : 1.5,
      });
    }
    const most = main.reason ? 1 : Math.max(1, ...main.people.filter(Number.isFinite));
    this.nodes.forEach(({ circle }, t) => {
      const i = now.reason ? -1 : now.kept.indexOf(t),
        people = i < 0 ? 0 : now.people[i];
      put(circle, {
        r: (this.room * (7 + 11 * Math.sqrt((Number.isFinite(people) ? people : most / 4) / most))).toFixed(1),
        class: reached.includes(t) ? "xp-node" : "xp-node xp-alone",
      });
    });
    const said = [...broken].map(
      ([key, d]) =>
        `${key
          .split(" ")
          .map((t) => net.treatments[t])
          .join(" and ")} ${d}`,
    );
    write(this.title, `Graph of the network. Trials that compare: ${said.join(", ") || "none"}.`);
  }

  pairs(now) {
    // trials per pair where nothing could be fitted
    const counts = new Map();
    for (const { pairs } of now.left)
      for (const [i, j] of pairs) {
        const key = `${Math.min(i, j)} ${Math.max(i, j)}`;
        counts.set(key, (counts.get(key) || 0) + 1);
      }
    return counts;
  }

  edge(key, s, t) {
    if (this.edges.has(key)) return;
    const [x1, y1] = this.at[s],
      [x2, y2] = this.at[t],
      line = svg("line", { x1, y1, x2, y2 });
    this.edges.set(key, line);
    this.lines.append(line);
  }
}
