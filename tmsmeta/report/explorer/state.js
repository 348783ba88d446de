// The choices of a reader: where they start, how they stand in the address, and the way back.

const PREFIX = "x-"; // of the choices of the explorer, beside those of other parts of the page

function baseState(outcome, lumping = 0) {
  const { base } = outcome,
    net = networksOf(outcome)[lumping];
  return {
    outcome: outcome.id,
    measure: base.measure,
    tau2: base.spec.tau2,
    ci: base.spec.ci,
    zero: base.zero.cells,
    drop: base.zero.drop,
    tiers: base.tiers.filter((t) => outcome.tiers.includes(t)).join(""),
    pops: base.pops,
    out: new Set(base.out),
    lumping,
    netTau2: net ? net.spec.tau2 : "",
    netOut: new Set(),
  };
}

function choicesOf(outcome) {
  // what is offered for one comparison: the usual choices, and that of the main analysis where it is another
  const {
      measures,
      base: { spec },
    } = outcome,
    offered = (usual, own) => [...new Set([...usual, own])];
  return {
    measure: measures,
    tau2: offered(["REML", "DL", "PM", "FE"], spec.tau2),
    ci: offered(["hksj", "hksj-adhoc", "z"], spec.ci),
    zero: Object.keys(ZERO_WORDS),
  };
}

function outcomeOf(state) {
  return DATA.outcomes.find(({ id }) => id === state.outcome);
}

function choicesIn(state) {
  // what differs from the main analysis of the first outcome, by the names that stand in the address
  const outcome = outcomeOf(state),
    base = baseState(outcome, state.lumping),
    said = {};
  if (outcome !== DATA.outcomes[0]) said.outcome = [state.outcome];
  for (const name of ["measure", "tau2", "ci", "zero", "tiers"])
    if (state[name] !== base[name]) said[name] = [state[name]];
  if (state.drop !== base.drop) said.drop = [state.drop ? "yes" : "no"];
  if (state.pops.join() !== base.pops.join()) said.populations = state.pops;
  if ([...state.out].sort().join() !== [...base.out].sort().join()) said.without = [...state.out].sort();
  if (state.lumping) said.lumping = [networksOf(outcome)[state.lumping].lumping];
  if (state.netTau2 !== base.netTau2) said["network-tau2"] = [String(state.netTau2)];
  if (state.netOut.size) said["network-without"] = [...state.netOut].sort();
  return said;
}

function addressOf(state, others = []) {
  // the address with these choices and those of other parts of the page
  const own = Object.entries(choicesIn(state)).map(([name, values]) => [
    PREFIX + name,
    values.map((value) => encodeURIComponent(packed(value))).join(","),
  ]);
  const kept = others.map((pair) => pair.map(encodeURIComponent));
  const query = [...own, ...kept].map((pair) => pair.join("=")).join("&");
  return `#explorer${query ? `?${query}` : ""}`;
}

function packed(text) {
  // commas stand between the values of one choice
  return text.replace(/~/g, "~0").replace(/,/g, "~1");
}

function unpacked(text) {
  return text.replace(/~1/g, ",").replace(/~0/g, "~");
}

function stateOf(choices) {
  // the state that an address asks for; what the review does not have is passed over
  const given = {};
  for (const [name, value] of choices)
    if (name.startsWith(PREFIX)) given[name.slice(PREFIX.length)] = value ? value.split(",").map(unpacked) : [];
  const one = (name) => (given[name] || [])[0];
  const outcome = DATA.outcomes.find(({ id }) => id === one("outcome")) || DATA.outcomes[0];
  const nets = networksOf(outcome);
  const state = baseState(
    outcome,
    Math.max(
      0,
      nets.findIndex(({ lumping }) => lumping === one("lumping")),
    ),
  );
  const net = nets[state.lumping];
  for (const [name, values] of Object.entries(choicesOf(outcome)))
    if (values.includes(one(name))) state[name] = one(name);
  if (given.tiers) state.tiers = outcome.tiers.filter((tier) => (one("tiers") || "").includes(tier)).join("");
  if (given.drop) state.drop = one("drop") === "yes";
  if (given.populations) state.pops = groupsOf(outcome).filter((name) => given.populations.includes(name));
  if (given.without) state.out = new Set(outcome.trials.map(({ id }) => id).filter((id) => given.without.includes(id)));
  if (net && one("network-tau2") in NETWORK_TAU2) state.netTau2 = one("network-tau2");
  if (net && given["network-without"])
    state.netOut = new Set(net.trials.map(({ id }) => id).filter((id) => given["network-without"].includes(id)));
  return state;
}

function groupsOf(outcome) {
  return [...new Set(outcome.trials.map(({ pop }) => pop))].sort();
}

class Track {
  // the states of this visit, in step with the history of the browser; `address` is the page's own
  constructor(show) {
    this.show = show;
    this.past = [];
    this.state = stateOf(address.parts().choices);
  }

  arrive(choices) {
    // back, forward, an address typed in, or a choice in another part of the page
    const state = stateOf(choices),
      asked = addressOf(state);
    if (asked === addressOf(this.state)) return;
    if (this.past.length && addressOf(this.past[this.past.length - 1]) === asked) this.past.pop();
    else this.past.push(this.state);
    this.state = state;
    this.show(state);
  }

  change(changes) {
    this.past.push(this.state);
    this.go({ ...this.state, ...changes });
  }

  undo() {
    if (this.past.length) this.go(this.past.pop());
  }

  go(state) {
    const others = [...address.parts().choices].filter(([name]) => !name.startsWith(PREFIX));
    this.state = state;
    history.pushState(null, "", addressOf(state, others));
    this.show(state);
  }
}
