// What stands behind the # of the address: an anchor, then "?" and choices, which each part of the page reads and
// writes for itself and leaves those of others alone. Going back undoes the last choice.
const address = (function () {
  "use strict";
  const readers = [];

  function parts() {
    const [anchor, query] = location.hash.slice(1).split(/\?(.*)/s);
    return { anchor: plain(anchor), choices: new URLSearchParams(query || "") };
  }

  function plain(text) {
    try { return decodeURIComponent(text); } catch (error) { return text; }
  }

  function go(anchor, choices, replace) {
    const query = choices.toString();
    const hash = "#" + encodeURIComponent(anchor) + (query ? "?" + query : "");
    if (hash !== location.hash && (hash !== "#" || location.hash)) {
      history[replace ? "replaceState" : "pushState"](null, "", hash);
    }
  }

  // changes: choices by name, an empty one is dropped; replace: no step of its own to go back to.
  function write(changes, replace) {
    const now = parts();
    Object.keys(changes).forEach((name) => {
      if (changes[name]) { now.choices.set(name, changes[name]); } else { now.choices.delete(name); }
    });
    go(now.anchor, now.choices, replace);
  }

  function tell() {
    const now = parts();
    readers.forEach((read) => read(now));
  }

  // Links within the page keep the choices.
  document.addEventListener("click", (event) => {
    const link = event.target.closest ? event.target.closest('a[href^="#"]') : null;
    const now = parts();
    if (!link || !now.choices.toString()) { return; }
    event.preventDefault();
    go(plain(link.getAttribute("href").slice(1)), now.choices);
    arrive();
    tell();
  });

  // Opens what an element is folded away in; says whether there was something to open.
  function reveal(element) {
    let opened = false;
    for (let at = element; at; at = at.parentElement) {
      if (at.tagName === "DETAILS" && !at.open) { at.open = opened = true; }
    }
    return opened;
  }

  // An anchor with choices behind it, or folded away, is not found by the browser itself.
  function arrive() {
    const now = parts(), target = document.getElementById(now.anchor);
    if (target && (reveal(target) || now.choices.toString())) { target.scrollIntoView(); }
  }

  window.addEventListener("popstate", tell);
  window.addEventListener("hashchange", arrive);
  window.addEventListener("load", arrive);
  return {
    parts,
    write,
    reveal,
    // read(parts) is called now and whenever the address changes.
    onChange(read) { readers.push(read); read(parts()); }
  };
}());
