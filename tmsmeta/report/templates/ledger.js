// The ledger: filters that stand in the address, sorting, details, and the bar of verdicts.
(function () {
  "use strict";
  const table = document.getElementById("ledger");
  if (!table) { return; }
  const body = table.tBodies[0];
  const claims = [...body.querySelectorAll("tr.claim")];
  const bar = [...document.querySelectorAll(".bar button")];
  const status = document.getElementById("shown");
  const controls = {
    q: document.getElementById("search"),
    document: document.getElementById("by-document"),
    verdict: document.getElementById("by-verdict")
  };
  const sorter = document.getElementById("sort-by");

  function details(claim) { return document.getElementById(claim.dataset.details); }
  function toggle(claim) { return claim.querySelector(".toggle"); }
  function isOpen(claim) { return toggle(claim).getAttribute("aria-expanded") === "true"; }
  function open(claim, yes) {
    details(claim).hidden = !yes || claim.hidden;
    toggle(claim).setAttribute("aria-expanded", String(yes));
    toggle(claim).firstElementChild.textContent = yes ? "−" : "+";
  }

  function filter() {
    const words = controls.q.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    claims.forEach((claim) => {
      const fits = (!controls.document.value || claim.dataset.document === controls.document.value) &&
        (!controls.verdict.value || claim.dataset.verdict === controls.verdict.value) &&
        words.every((word) => claim.dataset.search.includes(word));
      claim.hidden = !fits;
      details(claim).hidden = !fits || !isOpen(claim);
      shown += fits ? 1 : 0;
    });
    if (Object.values(controls).some((control) => control.value)) { address.reveal(table.parentElement); }
    status.textContent = shown + " of " + claims.length + " claims shown.";
    bar.forEach((part) => {
      part.setAttribute("aria-pressed", String(part.dataset.verdict === controls.verdict.value));
    });
    const told = document.getElementById("bar-status");
    if (told) { tellBar(told, shown); }
  }

  function tellBar(told, shown) {
    const chosen = controls.verdict.value;
    const link = told.querySelector("a");
    told.firstChild.textContent = chosen ? shown + " shown, " + chosen + ": see them in " :
      "Press a part to see those figures in ";
    told.replaceChildren(told.firstChild, link, document.createTextNode("."));
  }

  function key(claim, name) {
    const value = claim.dataset[name];
    return value === "" || isNaN(value) ? value : Number(value);
  }
  function compare(a, b) {
    if (a === b) { return 0; }
    if (a === "") { return 1; }
    if (b === "") { return -1; }
    if (typeof a === "number" && typeof b === "number") { return a - b; }
    return String(a).localeCompare(String(b), "en", { numeric: true });
  }
  function sort(name, descending) {
    claims.sort((a, b) => {
      const one = key(a, name), two = key(b, name), order = compare(one, two);
      const blank = one === "" || two === "";
      return (descending && !blank ? -order : order) || Number(a.dataset.order) - Number(b.dataset.order);
    });
    claims.forEach((claim) => { body.append(claim, details(claim)); });
    table.querySelectorAll("th[data-sort]").forEach((head) => {
      const own = head.dataset.sort === name;
      head.setAttribute("aria-sort", own ? (descending ? "descending" : "ascending") : "none");
    });
    sorter.value = name;
  }

  function remember(replace) {
    const chosen = {};
    Object.keys(controls).forEach((name) => { chosen[name] = controls[name].value; });
    address.write(chosen, replace);
    filter();
  }
  function sortBy(name, descending) {
    sort(name, descending);
    address.write({ sort: name === "order" && !descending ? "" : name + (descending ? "-" : "") });
  }

  claims.forEach((claim) => {
    open(claim, false);
    toggle(claim).addEventListener("click", () => { open(claim, !isOpen(claim)); });
  });
  table.querySelectorAll("th[data-sort] button").forEach((button) => {
    const head = button.parentElement;
    button.addEventListener("click", () => {
      sortBy(head.dataset.sort, head.getAttribute("aria-sort") === "ascending");
    });
  });
  sorter.addEventListener("change", () => { sortBy(sorter.value, false); });

  // A word being typed is one step to go back to, not one for each letter.
  let typing = false;
  controls.q.addEventListener("input", () => { remember(typing); typing = true; });
  controls.q.addEventListener("blur", () => { typing = false; });
  controls.document.addEventListener("change", () => { remember(false); });
  controls.verdict.addEventListener("change", () => { remember(false); });
  bar.forEach((part) => {
    part.addEventListener("click", () => {
      controls.verdict.value = part.getAttribute("aria-pressed") === "true" ? "" : part.dataset.verdict;
      remember(false);
    });
  });
  document.getElementById("open-all").addEventListener("click", () => {
    claims.forEach((claim) => { if (!claim.hidden) { open(claim, true); } });
  });
  document.getElementById("close-all").addEventListener("click", () => {
    claims.forEach((claim) => { open(claim, false); });
  });
  function reset() {
    Object.values(controls).forEach((control) => { control.value = ""; });
    remember(false);
  }
  document.getElementById("reset").addEventListener("click", reset);

  function set(control, value) {
    const known = control.tagName !== "SELECT" || [...control.options].some((option) => option.value === value);
    control.value = known ? value : "";
  }
  let sorted = "order";
  address.onChange((now) => {
    Object.keys(controls).forEach((name) => { set(controls[name], now.choices.get(name) || ""); });
    filter();
    const wanted = now.choices.get("sort") || "order";
    const name = wanted.replace(/-$/, "");
    if (wanted !== sorted && table.querySelector('th[data-sort="' + CSS.escape(name) + '"]')) {
      sort(name, wanted.endsWith("-"));
    }
    sorted = wanted;
  });

  function follow() {
    const target = document.getElementById(address.parts().anchor);
    if (!target || !target.classList.contains("claim")) { return; }
    if (target.hidden) { reset(); }
    address.reveal(target);
    open(target, true);
    target.scrollIntoView();
    toggle(target).focus({ preventScroll: true });
  }
  window.addEventListener("hashchange", follow);
  document.addEventListener("click", (event) => {
    const link = event.target.closest ? event.target.closest('a[href^="#claim-"]') : null;
    if (link && link.getAttribute("href") === "#" + address.parts().anchor) { setTimeout(follow); }
  });
  follow();
}());
