// Theme, printing, and where one is in the contents.
(function () {
  "use strict";
  const root = document.documentElement;
  root.classList.add("js");

  const theme = document.getElementById("theme");
  theme.addEventListener("click", () => {
    const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
    theme.setAttribute("aria-pressed", String(!dark));
  });

  document.getElementById("print-all").addEventListener("click", () => {
    root.classList.add("print-all");
    const closed = [...document.querySelectorAll("details:not([open])")];
    closed.forEach((block) => { block.open = true; });
    window.addEventListener("afterprint", () => {
      root.classList.remove("print-all");
      closed.forEach((block) => { block.open = false; });
    }, { once: true });
    window.print();
  });

  const links = new Map([...document.querySelectorAll("nav a")].map((link) => [link.getAttribute("href").slice(1), link]));
  const headings = [...links.keys()].map((id) => document.getElementById(id)).filter(Boolean);
  let waiting = false;
  function mark() {
    waiting = false;
    const passed = headings.filter((heading) => heading.getBoundingClientRect().top < innerHeight / 3);
    const here = passed.length ? passed[passed.length - 1].id : "";
    links.forEach((link, id) => {
      if (id === here) { link.setAttribute("aria-current", "true"); } else { link.removeAttribute("aria-current"); }
    });
  }
  window.addEventListener("scroll", () => {
    if (!waiting) { waiting = true; requestAnimationFrame(mark); }
  }, { passive: true });
  mark();

  // On screens without room for the forest plot, the rows behind it are the forest plot.
  const rows = [...document.querySelectorAll("details.behind")];
  if (matchMedia("(max-width: 62rem)").matches) { rows.forEach((block) => { block.open = true; }); }

  // On phones, what takes more than most of a screen starts folded; on wider screens and on paper folds are open.
  const phone = matchMedia("screen and (max-width: 48rem)"), folds = () => [...document.querySelectorAll("details.fold")];
  const unfold = () => {
    const closed = folds().filter((block) => !block.open);
    closed.forEach((block) => { block.open = true; });
    return closed;
  };
  if (phone.matches) {
    const long = [...folds(), ...rows].filter((block) => block.offsetHeight > 0.6 * innerHeight);
    long.forEach((block) => { block.open = false; });
  }
  phone.addEventListener("change", () => { if (!phone.matches) { unfold(); } });
  window.addEventListener("beforeprint", () => {
    const closed = unfold();
    window.addEventListener("afterprint", () => { closed.forEach((block) => { block.open = false; }); }, { once: true });
  });
}());
