// Elements of the page: every text goes in as text, never as markup.

const SVG = "http://www.w3.org/2000/svg";

function el(name, properties = {}, ...children) {
  return filled(document.createElement(name), properties, children);
}

function svg(name, properties = {}, ...children) {
  return filled(document.createElementNS(SVG, name), properties, children);
}

function filled(node, properties, children) {
  for (const [name, value] of Object.entries(properties)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value === true) node.setAttribute(name, "");
    else if (value !== false && value !== null) node.setAttribute(name, value);
  }
  node.append(...children.flat().filter((child) => child !== null && child !== ""));
  return node;
}

function put(node, properties) {
  for (const [name, value] of Object.entries(properties)) {
    if (value === null) node.removeAttribute(name);
    else if (node.getAttribute(name) !== String(value)) node.setAttribute(name, value);
  }
}

function write(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

let names = 0;
function freshId() {
  names += 1;
  return `explorer-${names}`;
}

// what takes long to scroll past starts folded on a phone, as elsewhere on the page
const PHONE = matchMedia("screen and (max-width: 48rem)").matches;

function fold(summary, ...children) {
  return el("details", { class: "fold", open: !PHONE }, el("summary", {}, summary), ...children);
}

class Choice {
  // one of several: radio buttons that look like one bar
  constructor(legend, options, chosen, title = () => null) {
    const name = freshId();
    this.inputs = new Map();
    this.node = el("fieldset", { class: "xp-choice" }, el("legend", {}, legend));
    const bar = el("div", { class: "xp-bar" });
    for (const [value, label] of options) {
      const input = el("input", { type: "radio", name, value, onchange: () => chosen(value) });
      this.inputs.set(value, input);
      bar.append(el("label", { title: title(value) }, input, el("span", {}, label)));
    }
    this.node.append(bar);
  }

  set(value) {
    for (const [own, input] of this.inputs) input.checked = own === value;
  }
}

class Boxes {
  // any of several
  constructor(legend, options, changed) {
    this.inputs = new Map();
    this.node = el("fieldset", { class: "xp-choice" }, el("legend", {}, legend));
    const bar = el("div", { class: "xp-bar" });
    for (const [value, label, title] of options) {
      const input = el("input", { type: "checkbox", value, onchange: () => changed(this.values()) });
      this.inputs.set(value, input);
      bar.append(el("label", { title }, input, el("span", {}, label)));
    }
    this.node.append(bar);
  }

  values() {
    return [...this.inputs].filter(([, input]) => input.checked).map(([value]) => value);
  }

  set(values) {
    for (const [own, input] of this.inputs) input.checked = values.includes(own);
  }
}

function outBox(track, name, id) {
  // the box of a trial: unticked, its id is in the set of that name
  const box = el("input", {
    type: "checkbox",
    onchange: () => {
      const out = new Set(track.state[name]);
      if (box.checked) out.delete(id);
      else out.add(id);
      track.change({ [name]: out });
    },
  });
  return box;
}

function writeFacts(node, facts) {
  node.replaceChildren(...facts.map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value))));
}

function button(text, pressed, properties = {}) {
  return el("button", { type: "button", onclick: pressed, ...properties }, text);
}

function axisOf(values, core, log) {
  // a scale that holds every estimate and as much of the intervals as leaves the estimates room
  const finite = (list) => list.filter(Number.isFinite);
  const [low, high] = [Math.min(0, ...finite(core)), Math.max(0, ...finite(core))];
  const room = (high - low || 1) * 0.6;
  const start = Math.max(low - room, Math.min(low, ...finite(values))) - (high - low || 1) * 0.04;
  const end = Math.min(high + room, Math.max(high, ...finite(values))) + (high - low || 1) * 0.04;
  return {
    start,
    end,
    at: (x) => (100 * (x - start)) / (end - start),
    ticks: log ? ratioTicks(start, end) : plainTicks(start, end),
  };
}

function ratioTicks(start, end) {
  const all = [];
  for (let power = -4; power <= 4; power += 1) for (const head of [1, 2, 5]) all.push(head * 10 ** power);
  let inside = all.filter((x) => Math.log(x) >= start && Math.log(x) <= end);
  if (inside.length > 7) inside = inside.filter((x) => /^0?\.?0*1/.test(String(x)));
  return inside.map((x) => [Math.log(x), signed(String(Number(x.toPrecision(1))))]);
}

function plainTicks(start, end) {
  const raw = (end - start) / 4,
    scale = 10 ** Math.floor(Math.log10(raw));
  const step = scale * [1, 2, 5, 10].find((x) => x * scale >= raw),
    ticks = [];
  for (let n = Math.ceil(start / step); n * step <= end; n += 1)
    ticks.push([n * step, signed(String(Number((n * step).toPrecision(6))))]);
  return ticks;
}

function percentOf(x) {
  return `${x.toFixed(3)}%`;
}
