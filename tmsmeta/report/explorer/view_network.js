// The network: a box per trial, its graph, ranking and league, or how it falls apart.

class NetworkView {
  constructor(outcome, track) {
    this.outcome = outcome;
    this.track = track;
    this.nets = networksOf(outcome);
    this.built = null;
    this.mains = new Map();
    this.lumping = new Choice(
      "Treatments",
      this.nets.map((net, i) => [i, sentence(net.label)]),
      (lumping) => track.change({ lumping, netTau2: this.nets[lumping].spec.tau2, netOut: new Set() }),
      (i) => this.nets[i].merged || null,
    );
    this.place = el("div");
    const refused = outcome.networks
      .filter(({ reason }) => reason)
      .map(({ lumping, reason }) => el("p", { class: "xp-note" }, `${sentence(lumping)}: no network, ${reason}.`));
    this.node = el(
      "div",
      { class: "xp-panel" },
      el("h3", {}, "The network of treatments"),
      this.nets.length > 1 ? this.lumping.node : null,
      refused,
      this.place,
    );
  }

  build(net) {
    const { track } = this,
      offered = [...new Set(["DL", "REML", "FE", net.spec.tau2])];
    this.built = net;
    this.words = this.words || el("p", { class: "xp-words", role: "status", "aria-live": "polite" });
    this.tau2 = new Choice(
      "Variance between trials",
      offered.map((t) => [t, sentence(NETWORK_TAU2[t] || `fixed at ${t}`)]),
      (netTau2) => track.change({ netTau2 }),
    );
    this.boxes = new Map();
    const list = el("ul", { class: "xp-trials" });
    net.trials.forEach(({ id, label, arms }) => {
      const box = outBox(track, "netOut", id);
      this.boxes.set(id, box);
      list.append(
        el(
          "li",
          {},
          el(
            "label",
            { class: "xp-tick" },
            box,
            el(
              "span",
              {},
              label,
              el("span", { class: "xp-formula" }, arms.map((t) => net.treatments[t]).join(" \u00b7 ")),
            ),
          ),
        ),
      );
    });
    this.graph = new Graph(net);
    this.ranking = el("tbody", { role: "rowgroup" });
    this.facts = el("dl", { class: "xp-facts" });
    this.league = el("div", { class: "xp-scroll", tabindex: "0", role: "region", "aria-label": "League table" });
    const head = [
      "Treatment",
      "P-score",
      `${sentence(MEASURES[net.measure].label)} against ${net.inside[net.reference]}`,
      "Trials",
      "People",
      "Direct",
    ];
    const table = el(
      "table",
      { class: "xp-ranking", role: "table" },
      el(
        "caption",
        {},
        `Ranking, best first; ${net.spec.better === "higher" ? "more" : "fewer"} events are better${net.spec.margin ? `, differences up to ${net.spec.margin} do not count` : ""}. The tick on a bar is the main analysis.`,
      ),
      el(
        "thead",
        { role: "rowgroup" },
        el(
          "tr",
          { role: "row" },
          head.map((text, i) => el("th", { scope: "col", role: "columnheader", class: i > 1 ? "xp-num" : null }, text)),
        ),
      ),
      this.ranking,
    );
    this.leagueBox = el(
      "details",
      { ontoggle: () => this.writeLeague() },
      el("summary", {}, "League table: every treatment against every other"),
      this.league,
    );
    this.place.replaceChildren(
      this.tau2.node,
      el("div", { class: "xp-result" }, this.words),
      el("div", { class: "xp-two" }, el("div", {}, this.graph.node), el("div", {}, table, this.facts)),
      el(
        "details",
        { class: "xp-more", open: !PHONE },
        el("summary", {}, `Trials of the network (${net.trials.length}): untick one to leave it out`),
        list,
      ),
      this.leagueBox,
      filesLine(
        "The network as a file: ",
        "explorer_network",
        { csv: networkCsv, json: networkJson, R: networkR, py: networkPython, svg: graphFile },
        () => this.current,
      ),
    );
  }

  show(state) {
    const net = this.nets[state.lumping],
      base = baseState(this.outcome, state.lumping);
    if (this.built !== net) this.build(net);
    if (!this.mains.has(net)) this.mains.set(net, networkState(net, base));
    const now = networkState(net, state),
      main = this.mains.get(net);
    this.current = { outcome: this.outcome, net, state, now, main, graph: this.graph };
    this.lumping.set(state.lumping);
    this.tau2.set(state.netTau2);
    for (const [id, box] of this.boxes) box.checked = !state.netOut.has(id);
    write(this.words, networkSentence(now, main, state, base, net));
    this.graph.show(now, main);
    this.writeRanking(net, now, main);
    this.writeLeague();
  }

  writeRanking(net, now, main) {
    const facts = now.reason
      ? []
      : [
          ["\u03c4\u00b2", numberText(now.tau2, 3)],
          ["I\u00b2", percentText(now.i2, 0)],
          ["Q", now.qDf > 0 ? `${numberText(now.q, 1)}, ${now.qDf} df, ${pText(now.qP)}` : NO_DF],
          ["Trials", countText(now.k)],
        ];
    writeFacts(this.facts, facts);
    if (now.reason) {
      const parts = now.parts.map((part) =>
        listed(
          part.map((t) => net.treatments[t]),
          9,
        ),
      );
      this.ranking.replaceChildren(
        el(
          "tr",
          { role: "row" },
          el(
            "td",
            { role: "cell", colspan: 6 },
            `No ranking: ${now.reason}${parts.length > 1 ? ` (${parts.join(" | ")})` : ""}.`,
          ),
        ),
      );
      return;
    }
    const order = now.kept.map((_, i) => i).sort((i, j) => now.pScores[j] - now.pScores[i]);
    this.ranking.replaceChildren(...order.map((i) => this.rankingRow(net, now, main, i)));
  }

  rankingRow(net, now, main, i) {
    const before = main.reason ? -1 : main.kept.indexOf(now.kept[i]),
      x = (p) => percentOf(100 * p);
    const bar = svg(
      "svg",
      { class: "xp-score", "aria-hidden": "true" },
      svg("rect", { x: 0, y: 0, height: "100%", width: x(now.pScores[i]) }),
      before < 0 ? null : svg("line", { x1: x(main.pScores[before]), x2: x(main.pScores[before]), y1: 0, y2: "100%" }),
    );
    const cell = (label, text) => el("td", { role: "cell", class: "xp-num", "data-label": label }, text);
    const number = this.graph.numbered ? `${now.kept[i] + 1} ` : "";
    return el(
      "tr",
      { role: "row" },
      el("th", { scope: "row", role: "rowheader" }, number + net.treatments[now.kept[i]]),
      el("td", { role: "cell", class: "xp-scorecell" }, el("span", {}, numberText(now.pScores[i], 2)), bar),
      cell("Effect", i === now.g ? "reference" : networkText(net, now, i, now.g)),
      cell("Trials", countText(now.count[i])),
      cell("People", Number.isFinite(now.people[i]) ? countText(now.people[i]) : "unknown"),
      cell("Direct", i === now.g ? "" : percentText(100 * now.share[i][now.g], 0)),
    );
  }

  writeLeague() {
    if (!this.leagueBox.open) return;
    const { net, now } = this.current;
    if (now.reason) {
      this.league.replaceChildren(el("p", {}, `No league table: ${now.reason}.`));
      return;
    }
    const names = now.kept.map((t) => net.treatments[t]);
    this.league.replaceChildren(
      el(
        "table",
        { class: "xp-league" },
        el("caption", {}, `${sentence(MEASURES[net.measure].label)}, row against column`),
        el(
          "thead",
          {},
          el(
            "tr",
            {},
            el("td"),
            names.map((name) => el("th", { scope: "col" }, name)),
          ),
        ),
        el(
          "tbody",
          {},
          names.map((name, i) =>
            el(
              "tr",
              {},
              el("th", { scope: "row" }, name),
              names.map((_, j) =>
                el("td", { class: i === j ? "xp-same" : null }, i === j ? "" : networkText(net, now, i, j)),
              ),
            ),
          ),
        ),
      ),
    );
  }
}
