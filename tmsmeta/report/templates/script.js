(function () {
  "use strict";
  var root = document.documentElement;
  root.classList.add("js");
  var table = document.getElementById("ledger");
  var theme = document.getElementById("theme");
  theme.addEventListener("click", function () {
    var dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
    theme.setAttribute("aria-pressed", String(!dark));
  });
  if (!table) { return; }
  var body = table.tBodies[0];
  var claims = Array.prototype.slice.call(body.querySelectorAll("tr.claim"));
  var status = document.getElementById("shown");
  var controls = {
    search: document.getElementById("search"),
    document: document.getElementById("by-document"),
    verdict: document.getElementById("by-verdict")
  };

  function details(claim) { return document.getElementById(claim.dataset.details); }
  function toggle(claim) { return claim.querySelector(".toggle"); }
  function open(claim, yes) {
    details(claim).hidden = !yes || claim.hidden;
    toggle(claim).setAttribute("aria-expanded", String(yes));
    toggle(claim).firstElementChild.textContent = yes ? "−" : "+";
  }
  function isOpen(claim) { return toggle(claim).getAttribute("aria-expanded") === "true"; }

  function filter() {
    var words = controls.search.value.toLowerCase().split(/\s+/).filter(Boolean);
    var shown = 0;
    claims.forEach(function (claim) {
      var fits = (!controls.document.value || claim.dataset.document === controls.document.value) &&
        (!controls.verdict.value || claim.dataset.verdict === controls.verdict.value) &&
        words.every(function (word) { return claim.dataset.search.indexOf(word) >= 0; });
      claim.hidden = !fits;
      details(claim).hidden = !fits || !isOpen(claim);
      shown += fits ? 1 : 0;
    });
    status.textContent = shown + " of " + claims.length + " claims shown.";
  }

  function key(claim, name) {
    var value = claim.dataset[name];
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
    claims.sort(function (a, b) {
      var one = key(a, name), two = key(b, name), order = compare(one, two);
      var blank = one === "" || two === "";
      return (descending && !blank ? -order : order) || Number(a.dataset.order) - Number(b.dataset.order);
    });
    claims.forEach(function (claim) { body.appendChild(claim); body.appendChild(details(claim)); });
    Array.prototype.forEach.call(table.querySelectorAll("th[data-sort]"), function (head) {
      var own = head.dataset.sort === name;
      head.setAttribute("aria-sort", own ? (descending ? "descending" : "ascending") : "none");
    });
    document.getElementById("sort-by").value = name;
  }

  claims.forEach(function (claim) {
    open(claim, false);
    toggle(claim).addEventListener("click", function () { open(claim, !isOpen(claim)); });
  });
  Array.prototype.forEach.call(table.querySelectorAll("th[data-sort] button"), function (button) {
    button.addEventListener("click", function () {
      var head = button.parentElement;
      sort(head.dataset.sort, head.getAttribute("aria-sort") === "ascending");
    });
  });
  document.getElementById("sort-by").addEventListener("change", function (event) { sort(event.target.value, false); });
  controls.search.addEventListener("input", filter);
  controls.document.addEventListener("change", filter);
  controls.verdict.addEventListener("change", filter);
  document.getElementById("open-all").addEventListener("click", function () {
    claims.forEach(function (claim) { if (!claim.hidden) { open(claim, true); } });
  });
  document.getElementById("close-all").addEventListener("click", function () {
    claims.forEach(function (claim) { open(claim, false); });
  });
  document.getElementById("reset").addEventListener("click", function () {
    controls.search.value = controls.document.value = controls.verdict.value = "";
    filter();
  });

  function follow() {
    var target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target || !target.classList.contains("claim")) { return; }
    if (target.hidden) { document.getElementById("reset").click(); }
    open(target, true);
    target.scrollIntoView();
    toggle(target).focus({ preventScroll: true });
  }
  window.addEventListener("hashchange", follow);
  document.addEventListener("click", function (event) {
    var link = event.target.closest ? event.target.closest('a[href^="#claim-"]') : null;
    if (link && link.getAttribute("href") === location.hash) { follow(); }
  });
  filter();
  follow();
}());
