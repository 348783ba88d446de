// Numbers and sentences. Decimals follow the rules of tmsmeta.words.numbers, so page, tables and explorer print alike.

const MINUS = "\u2212";

function signed(text) {
  return /[1-9]/.test(text) ? text.replace(/-/g, MINUS) : text.replace(/-/g, "");
}

function neededDecimals(value) {
  return 1 - Number(value.toExponential(1).split("e")[1]);
}

function powerText(value, decimals) {
  const [mantissa, exponent] = value.toExponential(decimals).split("e");
  if (exponent > -5 && exponent < 0) return signed(value.toFixed(decimals - exponent));
  return `${signed(mantissa)}e${signed(String(Number(exponent)))}`;
}

function decimalsFor(centre, ends, digits, log, noEffect) {
  // decimals of an estimate and its limits; null where they would be too many
  const known = [...centre, ...ends].filter(Number.isFinite);
  if (log && known.length && known.every((x) => Number(x.toFixed(digits)) >= 100)) digits = 0;
  const widest = Math.max(0, ...ends.filter(Number.isFinite).map(Math.abs));
  const forEnds = widest ? Math.max(digits, neededDecimals(widest)) : digits;
  const own = Math.max(0, ...centre.filter((x) => Math.abs(x) > (log ? 0 : 1e-12)).map(neededDecimals));
  const found = Math.max(digits, !widest || own <= forEnds + 2 ? own : forEnds);
  if (found > Math.max(6, digits)) return null;
  let shown = found;
  const plain = (x) => x.toFixed(shown).replace("-", "");
  const apart = ends.filter((x) => Number.isFinite(x) && Math.abs(x - noEffect) > 1e-12);
  while (shown < 20 && apart.some((x) => plain(x) === plain(noEffect))) shown += 1;
  return noEffect === 0 && shown > 6 ? found : shown;
}

function atDecimals(value, decimals, log) {
  if (decimals === null || Math.abs(value) >= (log ? 1e6 : 1e9)) return value ? powerText(value, 1) : "0.00";
  const text = value.toFixed(decimals);
  const small = Math.abs(value) > (log ? 0 : 1e-12) && decimals < neededDecimals(value);
  return small && (log || !Number(text)) ? powerText(value, 1) : signed(text);
}

function estimateTexts(measure, value, limits) {
  // texts of an estimate and of its limits, ratios not logged; limits may be {reason}
  const { log, digits } = MEASURES[measure];
  const shown = log ? Math.exp : (x) => x,
    noEffect = log ? 1 : 0;
  const centre = shown(value),
    ends = Array.isArray(limits) ? limits.map(shown) : [];
  const decimals = decimalsFor([centre], ends, digits, log, noEffect);
  const bound = log ? 10 ** Math.max(3, Math.ceil(Math.log10(20 * Math.max(1, centre)))) : 1e9;
  const step = decimals === null || noEffect === 0 || centre < 10 ** -decimals ? 0 : 10 ** -decimals;
  const limit = (end) => {
    if (end > bound && bound < 1e9) return `>${bound.toFixed(0)}`;
    return end > 0 && end < 0.5 * step ? `<${step.toFixed(decimals)}` : atDecimals(end, decimals, false);
  };
  return [atDecimals(centre, decimals, log), ...ends.map(limit)];
}

function estimateText(measure, value, limits) {
  const [shown, ...ends] = estimateTexts(measure, value, limits);
  return ends.length ? `${shown} (${ends.join(" to ")})` : shown;
}

function limitsText(measure, value, limits) {
  return estimateTexts(measure, value, limits).slice(1).join(" to ");
}

function numberText(value, digits) {
  if (isReason(value)) return value.reason;
  const text = value.toFixed(digits);
  return value && !Number(text) ? powerText(value, 0) : signed(text);
}

function percentText(value, digits = 1) {
  return isReason(value) ? value.reason : `${numberText(value, digits)}%`;
}

function pText(p) {
  if (isReason(p)) return p.reason;
  if (p < 0.001) return "p < 0.001";
  return p >= 0.9995 && p < 1 ? "p > 0.999" : `p = ${p.toFixed(3)}`;
}

function countText(value) {
  return String(value).replace(/\B(?=(\d{3})+(?!\d))/g, ",");
}

function counted(count, one, many = `${one}s`) {
  return `${countText(count)} ${count === 1 ? one : many}`;
}

function listed(names, most = 3) {
  const shown = names.length > most + 1 ? [...names.slice(0, most), `${names.length - most} more`] : names;
  return shown.length < 2 ? shown.join("") : `${shown.slice(0, -1).join(", ")} and ${shown[shown.length - 1]}`;
}

function sentence(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function methodChanges(state, base, outcome) {
  // what differs from the main analysis besides the measure, in words, ready to stand at the head of a sentence
  const said = [];
  const without = namesOf(
    outcome,
    [...state.out].filter((id) => !base.out.has(id)),
  );
  const again = namesOf(
    outcome,
    [...base.out].filter((id) => !state.out.has(id)),
  );
  if (without.length) said.push(`without ${listed(without)}`);
  if (again.length) said.push(`with ${listed(again)}`);
  if (state.tiers !== base.tiers)
    said.push(
      state.tiers ? `with tier${state.tiers.length > 1 ? "s" : ""} ${listed([...state.tiers], 5)}` : "with no tier",
    );
  if (state.pops.join() !== base.pops.join()) {
    const kept = state.pops.map((name) => DATA.populations[name].label.toLowerCase());
    said.push(
      kept.length ? `with ${listed(kept)} as the only population${kept.length > 1 ? "s" : ""}` : "with no population",
    );
  }
  if (state.tau2 !== base.tau2)
    said.push(state.tau2 === "FE" ? "with a common effect" : `by ${TAU2[state.tau2].label}`);
  if (state.ci !== base.ci) said.push(`with ${CI_WORDS[state.ci]}`);
  if (state.zero !== base.zero) said.push(`with ${ZERO_WORDS[state.zero]}`);
  if (state.drop !== base.drop)
    said.push(state.drop ? "without trials that tell nothing about a ratio" : "with trials of no event in either arm");
  return said;
}

function namesOf(outcome, ids) {
  return outcome.trials.filter(({ id }) => ids.includes(id)).map(({ label }) => label);
}

const CI_WORDS = {
  z: "an interval by z",
  t: "an interval by t",
  hksj: "an interval by Hartung-Knapp",
  "hksj-adhoc": "an interval by Hartung-Knapp, never narrower than z",
  "hksj-iqwig6": "an interval by IQWiG's rule",
};
const ZERO_WORDS = {
  only0: "a correction where a cell is zero",
  if0all: "a correction of all trials if one has a zero cell",
  all: "a correction of all trials",
  none: "no correction of zero cells",
};

function poolSentence(now, main, state, base, outcome) {
  // what moved and why, against the main analysis on the same measure
  const why = methodChanges(state, base, outcome),
    { label } = MEASURES[state.measure];
  const other = state.measure !== base.measure;
  if (isReason(now)) return `${sentence([...why, `there is no ${label}`].join(", "))}: ${now.reason}.`;
  const shown = estimateText(state.measure, now.estimate, now.ci),
    size = counted(now.k, "trial");
  if (!why.length && !other) return `This is the main analysis: ${label} ${shown} from ${size}.`;
  if (!why.length) return `The main analysis as ${label}: ${shown} from ${size}.`;
  const head = `${sentence([...(other ? [`as ${label}`] : []), ...why].join(", "))}`;
  if (isReason(main)) return `${head}: ${shown} from ${size}.`;
  const before = estimateTexts(state.measure, main.estimate, main.ci);
  const after = estimateTexts(state.measure, now.estimate, now.ci);
  const parts = [after[0] === before[0] ? `the estimate stays ${after[0]}` : `${after[0]} instead of ${before[0]}`];
  const [ends, endsBefore] = [after, before].map((texts) => texts.slice(1).join(" to "));
  if (ends !== endsBefore) parts.push(`interval ${ends || now.ci.reason} instead of ${endsBefore || main.ci.reason}`);
  if (now.k !== main.k) parts.push(`${size} instead of ${main.k}`);
  return `${head}: ${parts.join("; ")}.${crossingSentence(now.ci, main.ci)}`;
}

function poolWords({ outcome, state, now, main, base }) {
  // the sentence on the state, behind a caution where the trials tell nothing
  return eventlessSentence(now.used, state) + poolSentence(now.result, main.result, state, base, outcome);
}

function eventlessSentence(used, state) {
  if (!used.length || used.some(({ row }) => !row.e || row.e[0] + row.e[2] > 0)) return "";
  const made = MEASURES[state.measure].log ? "; the number comes from what the rule for zero cells adds to them" : "";
  return `No arm of these trials has a single event, so they cannot tell the treatments apart${made}. `;
}

function crossingSentence(now, main) {
  if (!Array.isArray(now) || !Array.isArray(main)) return "";
  const [after, before] = [now, main].map(([low, high]) => low <= 0 && high >= 0);
  if (after === before) return "";
  return after ? " The interval now includes no effect." : " The interval no longer includes no effect.";
}

function networkSentence(now, main, state, base, net) {
  const said = [],
    nodes = net.inside;
  const without = net.trials.filter(({ id }) => state.netOut.has(id)).map(({ label }) => label);
  if (without.length) said.push(`without ${listed(without)}`);
  if (state.netTau2 !== base.netTau2) said.push(`by ${NETWORK_TAU2[state.netTau2]}`);
  if (now.reason) {
    if (!now.parts.length) return `${sentence([...said, "no trial is left"].join(", "))}.`;
    const [first, ...rest] = now.parts.map((part) =>
      listed(
        part.map((t) => nodes[t]),
        6,
      ),
    );
    if (!now.parts.flat().includes(net.reference)) {
      return `${sentence([...said, `no trial with ${nodes[net.reference]} is left`].join(", "))}, and effects are stated against it.`;
    }
    return `${sentence([...said, `nothing links ${rest.join(", or ")} to ${first}`].join(" "))}: the network falls apart.`;
  }
  const best = now.pScores.indexOf(Math.max(...now.pScores)),
    lead = nodes[now.kept[best]];
  const effect =
    best === now.g
      ? ""
      : ` (${MEASURES[net.measure].label} ${networkText(net, now, best, now.g)} against ${nodes[net.reference]})`;
  const first = `${lead}${effect} has the highest P-score, ${numberText(now.pScores[best], 2)}`;
  if (!said.length) return `${counted(now.k, "trial")} of ${counted(now.kept.length, "treatment")}: ${first}.`;
  return `${sentence(said.join(", "))}: ${[...largestMove(now, main, net), first].join("; ")}.${lostSentence(now, main, net)}`;
}

function networkText(net, fit, i, j) {
  const half = isReason(fit.quantile) ? null : fit.quantile * fit.se[i][j],
    y = fit.effects[i][j];
  return estimateText(net.measure, y, half === null ? fit.quantile : [y - half, y + half]);
}

function largestMove(now, main, net) {
  // the effect against the reference that moved most, in its standard errors
  let found = [],
    most = 0;
  now.kept.forEach((t, i) => {
    const j = main.kept.indexOf(t);
    if (j < 0 || i === now.g) return;
    const [after] = estimateTexts(net.measure, now.theta[i], []),
      [before] = estimateTexts(net.measure, main.theta[j], []);
    const moved = Math.abs(now.theta[i] - main.theta[j]) / main.se[j][main.g];
    if (after !== before && moved > most) {
      most = moved;
      found = [`${net.inside[t]} against ${net.inside[net.reference]} ${after} instead of ${before}`];
    }
  });
  return found.length ? found : ["no effect moves in print"];
}

function lostSentence(now, main, net) {
  // treatments that are gone, and pairs that no trial compares any more
  const gone = main.kept.filter((t) => !now.kept.includes(t)).map((t) => net.inside[t]);
  const said = gone.length ? [` No trial with ${listed(gone)} is left.`] : [];
  main.kept.forEach((s, i) =>
    main.kept.forEach((t, j) => {
      const [a, b] = [now.kept.indexOf(s), now.kept.indexOf(t)];
      if (i >= j || a < 0 || b < 0 || !main.direct[i][j] || now.direct[a][b]) return;
      const through = now.kept
        .filter((_, c) => now.direct[a][c] && now.direct[b][c])
        .map((c) => net.inside[now.kept[c]]);
      said.push(
        ` Nothing links ${net.inside[s]} to ${net.inside[t]} directly any more; what is left runs through ${through.length ? listed(through) : "several others"}.`,
      );
    }),
  );
  return said.length > 4
    ? [...said.slice(0, 3), ` So with ${said.length - 3} more comparisons.`].join("")
    : said.join("");
}
