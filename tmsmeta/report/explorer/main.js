// Put together: the bar on top, one comparison, the network, and what happens when a choice is made.

function start() {
  const place = document.getElementById("explorer-app"),
    source = document.getElementById("explorer-data");
  if (!place || !source) return;
  DATA = JSON.parse(source.textContent);
  const views = new Map(),
    outcomes = el("select", { onchange: () => track.change(baseState(DATA.outcomes[Number(outcomes.value)])) });
  DATA.outcomes.forEach(({ label }, i) => outcomes.append(el("option", { value: i }, label)));
  const undo = button("Undo", () => track.undo()),
    reset = button("Main analysis", () => track.change(baseState(outcomeOf(track.state))));
  const panels = el("div");
  const show = (state) => {
    const outcome = outcomeOf(state);
    if (!views.has(outcome.id)) views.set(outcome.id, viewsOf(outcome, track));
    const shown = views.get(outcome.id),
      nodes = shown.map(({ node }) => node);
    if (panels.firstChild !== nodes[0]) panels.replaceChildren(...nodes);
    for (const view of shown) view.show(state);
    outcomes.value = String(DATA.outcomes.indexOf(outcome));
    undo.disabled = !track.past.length;
    reset.disabled = addressOf(state) === addressOf(baseState(outcome));
  };
  const track = new Track(show);
  const top = el(
    "div",
    { class: "xp-top" },
    DATA.outcomes.length > 1 ? el("label", {}, "Outcome", outcomes) : null,
    undo,
    reset,
  );
  place.append(top, panels);
  show(track.state);
  address.onChange(({ choices }) => track.arrive(choices));
}

function viewsOf(outcome, track) {
  const pooled = outcome.trials.length ? [new PoolView(outcome, track)] : [];
  return networksOf(outcome).length ? [...pooled, new NetworkView(outcome, track)] : pooled;
}

start();
