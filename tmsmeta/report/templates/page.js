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

  // On narrow screens the rows behind a forest plot are the forest plot.
  if (matchMedia("(max-width: 62rem)").matches) {
    document.querySelectorAll("details.behind").forEach((block) => { block.open = true; });
  }
}());
