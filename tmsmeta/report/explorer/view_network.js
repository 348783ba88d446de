// The network: a box per trial, its graph, ranking and league, or how it falls apart.

class NetworkView {
  constructor(outcome, track) {
    this.outcome = outcome;
    this.track = track;
    this.nets = networksOf(outcome);
    this.built = null;
    this.mains = new Map();
    this.lumping = new Choice("Treatments", this.nets.map((net, i) => [i, sentence(net.label)]), (lumping) =>
      track.change({ lumping, netTau2: this.nets[lumping].spec.tau2, netOut: new Set() }), (i) => this.nets[i].merged || null);
    this.place = el("div");
    const refused = outcome.networks.filter(({ reason }) => reason).map(({ lumping, reason }) => el("p", { class: "xp-note" }, `${sentence(lumping)}: no network, ${reason}.`));
    this.node = el("div", { class: "xp-panel" }, el("h3", {}, "The network of treatments"), this.nets.length > 1 ? this.lumping.node : null, refused, this.place);
  }

  build(net) {
    const { track } = this, offered = [...new Set(["DL", "REML", "FE", net.spec.tau2])];
    this.built = net;
    this.words = this.words || el("p", { class: "xp-words", role: "status", "aria-live": "polite" });
    this.tau2 = new Choice("Variance between trials", offered.map((t) => [t, sentence(NETWORK_TAU2[t] || `fixed at ${t}`)]), (netTau2) => track.change({ netTau2 }));
    this.boxes = new Map();
    const list = el("ul", { class: "xp-trials" });
    net.trials.forEach(({ id, label, arms }) => {
      const box = el("input", { type: "checkbox", onchange: () => {
        const netOut = new Set(track.state.netOut);
        if (box.checked) netOut.delete(id);
        else netOut.add(id);
        track.change({ netOut });
      } });
      this.boxes.set(id, box);
      list.append(el("li", {}, el("label", { class: "xp-tick" }, box, el("span", {}, label, el("span", { class: "xp-formula" }, arms.map((t) => net.treatments[t]).join(" \u00b7 "))))));
    });
    this.graph = new Graph(net);
    this.ranking = el("tbody", { role: "rowgroup" });
    this.facts = el("dl", { class: "xp-facts" });
    this.league = el("div", { class: "xp-scroll", tabindex: "0", role: "region", "aria-label": "League table" });
    const head = ["Treatment", "P-score", `${sentence(MEASURES[net.measure].label)} against ${net.inside[net.reference]}`, "Trials", "People", "Direct"];
    const table = el("table", { class: "xp-ranking", role: "table" }, el("caption", {}, `Ranking, best first; ${net.spec.better === "higher" ? "more" : "fewer"} events are better. The tick on a bar is the main analysis.`),
      el("thead", { role: "rowgroup" }, el("tr", { role: "row" }, head.map((text, i) => el("th", { scope: "col", role: "columnheader", class: i > 1 ? "xp-num" : null }, text)))), this.ranking);
    this.leagueBox = el("details", { ontoggle: () => this.writeLeague() }, el("summary", {}, "League table: every treatment against every other"), this.league);
    this.place.replaceChildren(this.tau2.node, el("div", { class: "xp-result" }, this.words),
      el("div", { class: "xp-two" }, el("div", {}, this.graph.node), el("div", {}, table, this.facts)),
      el("details", { class: "xp-more", open: true }, el("summary", {}, `Trials of the network (${net.trials.length}): untick one to leave it out`), list), this.leagueBox,
      el("p", { class: "xp-files" }, "The network as a file: ", networkFiles(() => this.current).map(([name, save]) => button(name, save))));
  }

  show(state) {
    const net = this.nets[state.lumping], base = baseState(this.outcome, state.lumping);
    if (this.built !== net) this.build(net);
    if (!this.mains.has(net)) this.mains.set(net, networkState(net, base));
    const now = networkState(net, state), main = this.mains.get(net);
    this.current = { outcome: this.outcome, net, state, now, main };
    this.lumping.set(state.lumping);
    this.tau2.set(state.netTau2);
    for (const [id, box] of this.boxes) box.checked = !state.netOut.has(id);
    write(this.words, networkSentence(now, main, state, base, net));
    this.graph.show(now, main);
    this.writeRanking(net, now, main);
    this.writeLeague();
  }

  writeRanking(net, now, main) {
    const facts = now.reason ? [] : [["tau\u00b2", numberText(now.tau2, 3)], ["I\u00b2", percentText(now.i2, 0)],
      ["Q", now.qDf > 0 ? `${numberText(now.q, 1)}, ${now.qDf} df, ${pText(now.qP)}` : NO_DF], ["Trials", countText(now.k)]];
    this.facts.replaceChildren(...facts.map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value))));
    if (now.reason) {
      const parts = now.parts.map((part) => listed(part.map((t) => net.treatments[t]), 9));
      this.ranking.replaceChildren(el("tr", { role: "row" }, el("td", { role: "cell", colspan: 6 }, `No ranking: ${now.reason}${parts.length > 1 ? ` (${parts.join(" | ")})` : ""}.`)));
      return;
    }
    const order = now.kept.map((_, i) => i).sort((i, j) => now.pScores[j] - now.pScores[i]);
    this.ranking.replaceChildren(...order.map((i) => this.rankingRow(net, now, main, i)));
  }

  rankingRow(net, now, main, i) {
    const before = main.reason ? -1 : main.kept.indexOf(now.kept[i]), x = (p) => percentOf(100 * p);
    const bar = svg("svg", { class: "xp-score", "aria-hidden": "true" }, svg("rect", { x: 0, y: 0, height: "100%", width: x(now.pScores[i]) }),
      before < 0 ? null : svg("line", { x1: x(main.pScores[before]), x2: x(main.pScores[before]), y1: 0, y2: "100%" }));
    const cell = (label, text) => el("td", { role: "cell", class: "xp-num", "data-label": label }, text);
    const number = this.graph.numbered ? `${now.kept[i] + 1} ` : "";
    return el("tr", { role: "row" }, el("th", { scope: "row", role: "rowheader" }, number + net.treatments[now.kept[i]]),
      el("td", { role: "cell", class: "xp-scorecell" }, el("span", {}, now.pScores[i].toFixed(2)), bar),
      cell("Effect", i === now.g ? "reference" : networkText(net, now, i, now.g)), cell("Trials", countText(now.count[i])),
      cell("People", Number.isFinite(now.people[i]) ? countText(now.people[i]) : "unknown"),
      cell("Direct", i === now.g ? "" : percentText(100 * now.share[i][now.g], 0)));
  }

  writeLeague() {
    if (!this.leagueBox.open) return;
    const { net, now } = this.current;
    if (now.reason) {
      this.league.replaceChildren(el("p", {}, `No league table: ${now.reason}.`));
      return;
    }
    const names = now.kept.map((t) => net.treatments[t]);
    this.league.replaceChildren(el("table", { class: "xp-league" }, el("caption", {}, `${sentence(MEASURES[net.measure].label)}, row against column`),
      el("thead", {}, el("tr", {}, el("td"), names.map((name) => el("th", { scope: "col" }, name)))),
      el("tbody", {}, names.map((name, i) => el("tr", {}, el("th", { scope: "row" }, name), names.map((_, j) => el("td", { class: i === j ? "xp-same" : null }, i === j ? "" : networkText(net, now, i, j))))))));
  }
}

class Graph {
  // nodes on a circle, as large as their people, joined by lines as wide as their trials
  constructor(net) {
    const n = net.treatments.length;
    this.net = net;
    // names stand beside their nodes where the longest word leaves the circle room, else numbers do
    const longest = Math.max(...net.treatments.flatMap((name) => name.split(" ")).map((word) => word.length));
    this.numbered = n > 10 || longest > 11;
    const height = this.numbered ? 340 : 320, radius = this.numbered ? 135 : 115;
    const wide = this.numbered ? radius : Math.min(radius, 176 - 8.6 * longest);
    this.at = net.treatments.map((_, i) => {
      const angle = 2 * Math.PI * i / n - Math.PI / 2;
      return [200 + wide * Math.cos(angle), height / 2 + radius * Math.sin(angle), Math.cos(angle), Math.sin(angle)];
    });
    this.edges = new Map();
    this.nodes = net.treatments.map((name, i) => this.drawNode(name, i));
    this.lines = svg("g");
    this.title = svg("title", { id: freshId() });
    this.node = svg("svg", { class: "xp-graph", viewBox: `0 0 400 ${height}`, role: "img", "aria-labelledby": this.title.id }, this.title, this.lines, this.nodes.map(({ node }) => node));
  }

  drawNode(name, i) {
    const [x, y, cos, sin] = this.at[i], circle = svg("circle", { cx: x, cy: y, class: "xp-node" });
    if (this.numbered) return { circle, node: svg("g", {}, circle, svg("text", { x: x + 24 * cos, y: y + 24 * sin + 5, "text-anchor": "middle" }, String(i + 1))) };
    const words = name.split(" "), anchor = Math.abs(cos) < 0.3 ? "middle" : cos > 0 ? "start" : "end";
    const left = x + 24 * cos, top = y + 26 * sin + 5 - (sin < -0.5 ? 16 * (words.length - 1) : sin > 0.5 ? 0 : 8 * (words.length - 1));
    return { circle, node: svg("g", {}, circle, svg("text", { "text-anchor": anchor }, words.map((word, k) => svg("tspan", { x: left, y: top + 16 * k }, word)))) };
  }

  show(now, main) {
    const { net } = this, counts = new Map();
    const direct = now.reason ? [] : now.direct.flatMap((row, i) => row.map((d, j) => [now.kept[i], now.kept[j], d]));
    for (const [s, t, d] of direct) if (s < t && d) counts.set(`${s} ${t}`, d);
    const broken = now.reason ? this.pairs(now) : counts, reached = now.reason ? now.parts.find((part) => part.includes(net.reference)) || [] : now.kept;
    const ghosts = main.reason ? [] : main.direct.flatMap((row, i) => row.map((d, j) => [main.kept[i], main.kept[j], d])).filter(([s, t, d]) => s < t && d);
    for (const [s, t] of ghosts) this.edge(`${s} ${t}`, s, t);
    for (const [key, line] of this.edges) {
      const d = broken.get(key) || 0;
      put(line, { class: d ? "xp-edge" : "xp-edge xp-lost", "stroke-width": d ? (1.5 + 2 * Math.sqrt(d)).toFixed(1) : 1.5 });
    }
    const most = main.reason ? 1 : Math.max(1, ...main.people.filter(Number.isFinite));
    this.nodes.forEach(({ circle }, t) => {
      const i = now.reason ? -1 : now.kept.indexOf(t), people = i < 0 ? 0 : now.people[i];
      put(circle, { r: (7 + 11 * Math.sqrt((Number.isFinite(people) ? people : most / 4) / most)).toFixed(1), class: reached.includes(t) ? "xp-node" : "xp-node xp-alone" });
    });
    const said = [...broken].map(([key, d]) => `${key.split(" ").map((t) => net.treatments[t]).join(" and ")} ${d}`);
    write(this.title, `Graph of the network. Trials that compare: ${said.join(", ") || "none"}.`);
  }

  pairs(now) {
    // trials per pair where nothing could be fitted
    const counts = new Map(), state = now.left || [];
    for (const { pairs } of state) for (const [i, j] of pairs) {
      const key = `${Math.min(i, j)} ${Math.max(i, j)}`;
      counts.set(key, (counts.get(key) || 0) + 1);
    }
    return counts;
  }

  edge(key, s, t) {
    if (this.edges.has(key)) return;
    const [x1, y1] = this.at[s], [x2, y2] = this.at[t], line = svg("line", { x1, y1, x2, y2 });
    this.edges.set(key, line);
    this.lines.append(line);
  }
}
