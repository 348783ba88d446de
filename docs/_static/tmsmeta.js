// Tables of class "browse" get a field that filters their rows and headings that sort them. Without scripts they are
// plain tables.
(function () {
  "use strict";

  function text(cell) {
    return cell ? cell.textContent.trim() : "";
  }

  function order(a, b) {
    const x = parseFloat(a), y = parseFloat(b);
    if (isNaN(x) !== isNaN(y)) return isNaN(x) ? 1 : -1;
    return isNaN(x) || x === y ? a.localeCompare(b, "en", { numeric: true }) : x - y;
  }

  function sorted(table, heading, at) {
    const up = heading.getAttribute("aria-sort") !== "ascending";
    const body = table.tBodies[0];
    const rows = Array.from(body.rows);
    rows.sort((a, b) => {
      const x = text(a.cells[at]), y = text(b.cells[at]);
      if (!x || !y) return (x ? 0 : 1) - (y ? 0 : 1); // blanks stay at the end
      return up ? order(x, y) : order(y, x);
    });
    table.querySelectorAll("th[aria-sort]").forEach((other) => other.removeAttribute("aria-sort"));
    heading.setAttribute("aria-sort", up ? "ascending" : "descending");
    rows.forEach((row) => body.append(row));
  }

  function filterField(table, number) {
    const rows = Array.from(table.tBodies[0].rows);
    const words = rows.map((row) => row.textContent.toLowerCase());
    const caption = table.caption ? text(table.caption.querySelector(".caption-text") || table.caption) : "this table";
    const box = document.createElement("div");
    box.className = "browse-search";
    box.innerHTML = '<label></label> <input type="search"> <span role="status"></span>';
    const [label, field, status] = box.children;
    field.id = label.htmlFor = "browse-" + number;
    label.textContent = "Search in: " + caption.charAt(0).toLowerCase() + caption.slice(1);
    field.addEventListener("input", () => {
      const wanted = field.value.toLowerCase().split(/\s+/).filter(Boolean);
      let shown = 0;
      rows.forEach((row, i) => {
        row.hidden = !wanted.every((word) => words[i].includes(word));
        shown += row.hidden ? 0 : 1;
      });
      status.textContent = wanted.length ? shown + " of " + rows.length + " rows" : "";
    });
    return box;
  }

  // The theme's arrows that open a part of the navigation have no name.
  function nameArrows() {
    document.querySelectorAll("nav li > details > summary").forEach((summary) => {
      const entry = summary.closest("li").querySelector("a");
      if (entry && !text(summary)) summary.setAttribute("aria-label", "Pages below " + text(entry));
    });
  }

  // The theme sees what can be scrolled when the window changes, but the dark look has wider margins, too.
  function lookAgain() {
    const seen = new MutationObserver(() => window.dispatchEvent(new Event("resize")));
    seen.observe(document.documentElement, { attributeFilter: ["data-theme"] });
  }

  document.addEventListener("DOMContentLoaded", () => {
    nameArrows();
    lookAgain();
    document.querySelectorAll("table.browse").forEach((table, number) => {
      Array.from(table.tHead.rows[0].cells).forEach((heading, at) => {
        const button = document.createElement("button");
        button.type = "button";
        button.className = "browse-sort";
        button.textContent = text(heading);
        button.addEventListener("click", () => sorted(table, heading, at));
        heading.replaceChildren(button);
      });
      const place = table.closest(".pst-scrollable-table-container") || table;
      place.before(filterField(table, number));
    });
  });
})();
