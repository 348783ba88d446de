// Files that the page carries, and its pictures as files; everything is made here, and nothing is fetched.
(function () {
  "use strict";
  const packed = JSON.parse(document.getElementById("downloads-data").textContent);
  let unpacked = null;

  function files() {
    if (!unpacked) {
      const bytes = Uint8Array.from(atob(packed), (sign) => sign.charCodeAt(0));
      const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
      unpacked = new Response(stream).json();
    }
    return unpacked;
  }

  function save(content, name, type) {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([content], { type }));
    link.download = name;
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => { URL.revokeObjectURL(link.href); }, 60000);
  }

  const types = { json: "application/json", csv: "text/csv", md: "text/markdown", bib: "application/x-bibtex" };

  // A picture that stands alone: colours that the page gives it are written into it.
  function standalone(svg) {
    const copy = svg.cloneNode(true), box = svg.viewBox.baseVal;
    const all = [svg, ...svg.querySelectorAll("[class]")], copies = [copy, ...copy.querySelectorAll("[class]")];
    all.forEach((part, i) => {
      if (part === svg) { return; }
      const style = getComputedStyle(part);
      ["fill", "stroke", "stroke-width", "stroke-linecap"].forEach((name) => {
        copies[i].style.setProperty(name, style.getPropertyValue(name));
      });
    });
    copy.removeAttribute("style");
    copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
    copy.setAttribute("width", box.width);
    copy.setAttribute("height", box.height);
    return new XMLSerializer().serializeToString(copy);
  }

  async function picture(svg, name, form) {
    const text = standalone(svg);
    if (form === "svg") { save(text, name + ".svg", "image/svg+xml"); return; }
    const scale = 4, box = svg.viewBox.baseVal, image = new Image();
    image.src = "data:image/svg+xml;charset=utf-8," + encodeURIComponent(text);
    await image.decode();
    const canvas = document.createElement("canvas");
    canvas.width = box.width * scale;
    canvas.height = box.height * scale;
    const paper = canvas.getContext("2d");
    paper.fillStyle = "#ffffff";
    paper.fillRect(0, 0, canvas.width, canvas.height);
    paper.drawImage(image, 0, 0, canvas.width, canvas.height);
    canvas.toBlob((blob) => { save(blob, name + ".png", "image/png"); });
  }

  document.addEventListener("click", async (event) => {
    const button = event.target.closest ? event.target.closest("button[data-file], button[data-picture], button[data-copy]") : null;
    if (!button) { return; }
    if (button.dataset.file) {
      const name = button.dataset.file, text = (await files())[name];
      save(text, name.split("/").pop(), types[name.split(".").pop()] || "text/plain");
    } else if (button.dataset.picture) {
      const svg = document.querySelector(button.dataset.of);
      await picture(svg, button.dataset.name, button.dataset.picture);
    } else {
      await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
      button.textContent = "Copied";
    }
  });
}());
