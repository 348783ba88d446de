// Files made in the page: texts, tables as they are shown, and pictures that stand alone. Nothing is fetched.
const saving = (function () {
  "use strict";
  const OWN = "http://www.w3.org/2000/svg", FONT = "Arial, Helvetica, sans-serif";
  const STYLES = ["fill", "stroke", "stroke-width", "stroke-dasharray", "stroke-linecap", "opacity", "font-size"];
  const TYPES = {
    json: "application/json", csv: "text/csv", md: "text/markdown", bib: "application/x-bibtex", svg: "image/svg+xml",
    py: "text/x-python"
  };

  function save(content, name) {
    const link = document.createElement("a"), type = TYPES[name.split(".").pop()] || "text/plain";
    link.href = URL.createObjectURL(content instanceof Blob ? content : new Blob([content], { type }));
    link.download = name;
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => { URL.revokeObjectURL(link.href); }, 60000);
  }

  // A text that a spreadsheet would take for a formula gets an apostrophe.
  function csvCell(value) {
    if (value === null || value === undefined) { return ""; }
    const formula = typeof value === "string" && /^[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/.test(value);
    const text = formula ? "'" + value : String(value);
    return /[",\r\n]/.test(text) ? '"' + text.replace(/"/g, '""') + '"' : text;
  }

  function csvText(head, rows) {
    return [head, ...rows].map((row) => row.map(csvCell).join(",")).join("\n") + "\n";
  }

  function said(node) { return node ? node.textContent.replace(/\s+/g, " ").trim() : ""; }

  function tableText(table) {
    const [head, ...rows] = [...table.rows].map((row) => [...row.cells].map(said));
    return csvText(head, rows);
  }

  // What `look` sees has the light colours of the page, since pictures are for paper.
  function onPaper(look) {
    const data = document.documentElement.dataset, theme = data.theme;
    data.theme = "light";
    try { return look(); } finally { if (theme) { data.theme = theme; } else { delete data.theme; } }
  }

  function node(name, attributes, ...children) {
    const made = document.createElementNS(OWN, name);
    Object.entries(attributes).forEach(([key, value]) => { made.setAttribute(key, value); });
    made.append(...children);
    return made;
  }

  // A copy with what the style of the page gives its parts written into them.
  function copied(svg, attributes) {
    const copy = svg.cloneNode(true), parts = "[class], text";
    const shown = [...svg.querySelectorAll(parts)], copies = [...copy.querySelectorAll(parts)];
    shown.forEach((part, i) => {
      const style = getComputedStyle(part);
      STYLES.forEach((name) => { copies[i].style.setProperty(name, style.getPropertyValue(name)); });
    });
    ["style", "class"].forEach((name) => { copy.removeAttribute(name); });
    Object.entries(attributes).forEach(([key, value]) => { copy.setAttribute(key, value); });
    return copy;
  }

  function sheet(width, height, ...children) {
    const size = { width, height, viewBox: "0 0 " + width + " " + height, "font-family": FONT, "font-size": 13 };
    return node("svg", size, node("rect", { width: "100%", height: "100%", fill: "#ffffff" }), ...children);
  }

  const ruler = document.createElement("canvas").getContext("2d");

  // Text in lines no wider than `width`, from the line at `y` on.
  function lines(text, x, y, width, style = {}) {
    ruler.font = (style["font-weight"] || 400) + " " + (style["font-size"] || 13) + "px " + FONT;
    const found = [];
    text.split(" ").forEach((word) => {
      const longer = found.length ? found[found.length - 1] + " " + word : word;
      if (found.length && ruler.measureText(longer).width <= width) { found[found.length - 1] = longer; } else { found.push(word); }
    });
    return found.map((part, i) => node("text", { x, y: y + 17 * i, ...style }, part));
  }

  // The text of an element and, apart, those of the smaller lines below it.
  function parts(element) {
    if (!element) { return ["", []]; }
    const own = element.cloneNode(true), small = [...own.querySelectorAll(".size")];
    small.forEach((line) => { line.remove(); });
    return [said(own), small.map(said)];
  }

  function titleOf(place) { return place.dataset.title || place.getAttribute("aria-label") || ""; }

  // Rows with a mark each, as the page shows them: names, marks on one scale, values.
  function drawRows(place) {
    const width = 880, drawn = lines(titleOf(place), 16, 28, width - 32, { "font-weight": 700 });
    const muted = { "font-size": 12, fill: "#4d5661" };
    let y = 28 + 17 * drawn.length;
    const quoted = said(place.querySelector(".quoted"));
    if (quoted) { drawn.push(...lines("Band: " + quoted, 16, y, width - 32, muted)); y += 22; }
    place.querySelectorAll("svg.ci").forEach((mark) => {
      const row = mark.closest(".row, .bar-row"), bold = row && row.classList.contains("total") ? { "font-weight": 700 } : {};
      let deepest = 0;
      [[".name", 16, 250], [".value", 600, 264]].forEach(([name, x, room]) => {
        const [own, below] = parts(row && row.querySelector(name));
        const texts = [...(own ? [[own, bold]] : []), ...below.map((text) => [text, muted])];
        let at = 0;
        texts.forEach(([text, style]) => {
          const made = lines(text, x, y + 14 + 17 * at, room, style);
          at += made.length;
          drawn.push(...made);
        });
        deepest = Math.max(deepest, at);
      });
      drawn.push(copied(mark, { x: 280, y, width: 300, height: mark.getAttribute("height"), overflow: "visible" }));
      y += Math.max(17 * deepest + 7, Number(mark.getAttribute("height")) + 4);
    });
    const note = lines(said(place.querySelector("figcaption")), 16, y + 14, width - 32, muted);
    return sheet(width, y + 17 * note.length + 12, ...drawn, ...note);
  }

  // People beside each other, with what they have below.
  function drawPeople(place) {
    const figures = [...place.querySelectorAll("figure")], width = Math.max(460, 230 * figures.length);
    const drawn = lines(titleOf(place), 16, 28, width - 32, { "font-weight": 700 });
    const top = 24 + 17 * drawn.length;
    let bottom = top;
    figures.forEach((figure, i) => {
      const svg = figure.querySelector("svg"), box = svg.viewBox.baseVal, high = (190 * box.height) / box.width;
      const caption = lines(said(figure.querySelector("figcaption")), 16 + 230 * i, top + high + 18, 190);
      drawn.push(copied(svg, { x: 16 + 230 * i, y: top, width: 190, height: high }), ...caption);
      bottom = Math.max(bottom, top + high + 17 * caption.length + 18);
    });
    return sheet(width, Math.ceil(bottom), ...drawn);
  }

  // The element as an <svg> that needs no page around it.
  function drawing(place) {
    return onPaper(() => {
      if (place.matches(".pictures")) { return drawPeople(place); }
      if (!place.matches("svg")) { return drawRows(place); }
      const box = place.viewBox.baseVal;
      return copied(place, { width: box.width, height: box.height, "font-family": FONT });
    });
  }

  function svgText(svg) { return new XMLSerializer().serializeToString(svg) + "\n"; }

  async function savePng(text, name) {
    const image = new Image();
    image.src = "data:image/svg+xml;charset=utf-8," + encodeURIComponent(text);
    await image.decode();
    const scale = Math.min(4, 8000 / Math.max(image.width, image.height)), canvas = document.createElement("canvas");
    canvas.width = image.width * scale;
    canvas.height = image.height * scale;
    const paper = canvas.getContext("2d");
    paper.fillStyle = "#ffffff";
    paper.fillRect(0, 0, canvas.width, canvas.height);
    paper.drawImage(image, 0, 0, canvas.width, canvas.height);
    canvas.toBlob((blob) => { save(blob, name); });
  }

  return { save, csvText, tableText, drawing, lines, svgText, savePng };
}());
