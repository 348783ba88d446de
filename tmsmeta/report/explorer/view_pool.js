// One comparison: choices, the result in numbers and words, and the forest with a box per trial.

class PoolView {
  constructor(outcome, track) {
    this.outcome = outcome;
    this.track = track;
    this.lines = new Map();
    this.memory = new Map();
    this.shown = "";
    const offered = choicesOf(outcome),
      set = (name) => (value) => track.change({ [name]: value });
    const pick = (legend, name, label) =>
      new Choice(
        legend,
        offered[name].map((value) => [value, label(value)]),
        set(name),
      );
    this.choices = {
      measure: pick("Measure", "measure", (m) => sentence(MEASURES[m].label)),
      tau2: pick("Variance between trials", "tau2", (t) => sentence(TAU2[t].label)),
      ci: pick("Interval", "ci", (c) => INTERVALS[c]),
    };
    this.zero = el("select", { onchange: () => track.change({ zero: this.zero.value }) });
    for (const value of offered.zero) this.zero.append(el("option", { value }, sentence(ZERO_WORDS[value])));
    this.drop = el("input", { type: "checkbox", onchange: () => track.change({ drop: this.drop.checked }) });
    this.tiers = new Boxes(
      "Tiers of verification",
      outcome.tiers.map((t) => [t, t, DATA.tiers[t]]),
      (values) => track.change({ tiers: values.join("") }),
    );
    this.pops = new Boxes(
      "Populations",
      groupsOf(outcome).map((name) => {
        const { label, meaning } = DATA.populations[name];
        return [name, label, meaning];
      }),
      (pops) => track.change({ pops }),
    );
    this.preset = el("select", { onchange: () => this.takePreset() }, el("option", { value: "" }, "Choose ..."));
    outcome.selections.forEach(({ name }, i) => this.preset.append(el("option", { value: i }, name)));
    this.build();
  }

  build() {
    const hasCounts = this.outcome.trials.some((trial) =>
      Object.values(trial.by).some((rows) => rows.some((row) => row.e)),
    );
    this.big = el("span", { class: "xp-big" });
    this.was = el("span", { class: "xp-was" });
    this.facts = el("dl", { class: "xp-facts" });
    this.words = el("p", { class: "xp-words", role: "status", "aria-live": "polite" });
    this.body = el("tbody", { role: "rowgroup" });
    this.foot = el("tfoot", { role: "rowgroup" });
    this.steps = el("div", {
      class: "xp-scroll",
      tabindex: "0",
      role: "region",
      "aria-label": "The computation, step by step",
    });
    this.stepsBox = el(
      "details",
      { ontoggle: () => this.writeSteps() },
      el("summary", {}, "How this number is made, step by step"),
      this.steps,
    );
    const zeros = el(
      "div",
      { class: "xp-choice" },
      el("label", {}, "Zero cells", this.zero),
      el(
        "label",
        { class: "xp-tick" },
        this.drop,
        "Ratios without trials that have no event, or only events, in both arms",
      ),
    );
    const presets = el("div", { class: "xp-choice" }, el("label", {}, "A selection of the protocol", this.preset));
    this.node = el(
      "div",
      { class: "xp-panel" },
      el("h3", {}, DATA.comparison),
      el("div", { class: "xp-result" }, el("p", {}, this.big, this.was), this.words),
      this.facts,
      fold(
        "Methods, tiers and populations",
        el(
        "div",
        { class: "xp-choices" },
        Object.values(this.choices).map(({ node }) => node),
        this.outcome.tiers.length > 1 ? this.tiers.node : null,
        groupsOf(this.outcome).length > 1 ? this.pops.node : null,
        ),
      ),
      el(
        "details",
        { class: "xp-more" },
        el("summary", {}, "Zero cells and selections"),
        el(
          "div",
          { class: "xp-choices" },
          hasCounts ? zeros : null,
          this.outcome.selections.length > 1 ? presets : null,
        ),
      ),
      this.table(),
      this.stepsBox,
      filesLine(
        "What you see, as a file: ",
        "explorer",
        { csv: poolCsv, json: poolJson, R: poolR, py: poolPython, svg: forestFile },
        () => this.current,
      ),
    );
  }

  table() {
    const head = (text, extra = {}) => el("th", { scope: "col", role: "columnheader", ...extra }, text);
    this.axisHead = head("", { class: "xp-plot" });
    return el(
      "table",
      { class: "xp-forest", role: "table" },
      el("caption", {}, "Untick a trial to leave it out"),
      el(
        "thead",
        { role: "rowgroup" },
        el(
          "tr",
          { role: "row" },
          head("Trial"),
          head(DATA.active, { class: "xp-num" }),
          head(DATA.control, { class: "xp-num" }),
          this.axisHead,
          head("Effect", { class: "xp-num" }),
          head("Weight", { class: "xp-num" }),
        ),
      ),
      this.body,
      this.foot,
    );
  }

  takePreset() {
    const chosen = this.outcome.selections[Number(this.preset.value)];
    if (this.preset.value === "" || !chosen) return;
    const tiers = this.outcome.tiers.filter((t) => chosen.tiers.includes(t)).join("");
    this.track.change({ tiers, pops: chosen.pops, out: new Set([...this.outcome.base.out, ...chosen.out]) });
    this.preset.value = "";
  }

  show(state) {
    const base = baseState(this.outcome, state.lumping);
    const now = poolState(this.outcome, state);
    const main = this.kept(`main ${state.measure}`, () => poolState(this.outcome, { ...base, measure: state.measure }));
    this.current = { outcome: this.outcome, state, base, now, main };
    for (const [name, choice] of Object.entries(this.choices)) choice.set(state[name]);
    this.zero.value = state.zero;
    this.drop.checked = state.drop;
    this.tiers.set([...state.tiers]);
    this.pops.set(state.pops);
    this.writeResult(state, now, main);
    write(this.words, poolWords(this.current));
    this.draw(state, now, main);
    this.writeSteps();
  }

  writeResult(state, { result, used }, main) {
    const text = ({ estimate, ci }) => estimateText(state.measure, estimate, ci);
    write(this.big, isReason(result) ? "No result" : text(result));
    const before = isReason(main.result) ? "" : text(main.result);
    write(this.was, !before || this.big.textContent === before ? "" : `main analysis ${before}`);
    const facts = isReason(result)
      ? []
      : [
          [
            "Prediction interval",
            isReason(result.prediction)
              ? result.prediction.reason
              : limitsText(state.measure, result.estimate, result.prediction),
          ],
          [
            "\u03c4\u00b2",
            numberText(result.tau2, 3) +
              (isReason(result.tau2Interval) || state.tau2 === "FE"
                ? ""
                : ` (${result.tau2Interval.map((x) => numberText(x, 3)).join(" to ")})`),
          ],
          ["I\u00b2", percentText(result.i2, 0)],
          ["Q", result.qDf ? `${numberText(result.q, 1)}, ${result.qDf} df, ${pText(result.qP)}` : result.qP.reason],
          ["Trials", countText(result.k)],
          ["People", peopleIn(used) ? countText(peopleIn(used)) : "not stated"],
        ];
    writeFacts(this.facts, facts);
  }

  draw(state, now, main) {
    const axis = this.kept(["axis", state.measure, state.tiers, ...state.pops].join(), () => this.axis(state, main));
    const keys = now.rows.map(({ key }) => key).join("\n");
    for (const row of now.rows) this.line(row).show(row, state, axis, main.result, now.result);
    if (keys !== this.shown) {
      this.body.replaceChildren(...now.rows.map(({ key }) => this.lines.get(key).node));
      this.shown = keys;
    }
    if (!this.pooled) {
      this.pooled = new PooledLine();
      this.foot.append(...this.pooled.nodes);
    }
    this.pooled.show(now.result, main.result, state, axis);
    const label = MEASURES[state.measure].label;
    write(this.axisHead, sentence(label));
  }

  kept(key, make) {
    // what does not change while trials and methods are moved is computed once
    if (!this.memory.has(key)) this.memory.set(key, make());
    return this.memory.get(key);
  }

  axis(state, main) {
    // the scale holds still while trials and methods are moved
    const { rows } = poolState(this.outcome, {
      ...baseState(this.outcome, 0),
      measure: state.measure,
      tiers: state.tiers,
      pops: state.pops,
    });
    const estimates = rows.filter(({ effect }) => !effect.reason).map(({ effect }) => effect.y);
    const ends = isReason(main.result) ? [] : [main.result.ci, main.result.prediction].filter(Array.isArray).flat();
    const wide = rows.flatMap((row) => row.ends);
    return axisOf([...wide, ...ends], [...estimates, ...ends], MEASURES[state.measure].log);
  }

  line(row) {
    if (!this.lines.has(row.key)) this.lines.set(row.key, new TrialLine(row, this.track));
    return this.lines.get(row.key);
  }

  writeSteps() {
    if (this.stepsBox.open) this.steps.replaceChildren(...poolSteps(this.current));
  }
}
