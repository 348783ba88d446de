// Buttons for files that the page carries, for its pictures and tables, and for its citation.
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

  function placeOf(button) {
    if (!button.dataset.of) { return button.parentElement.previousElementSibling; }
    const all = [...document.querySelectorAll(button.dataset.of)];
    return all.find((place) => place.getClientRects().length) || all[0];
  }

  async function picture(button) {
    const { name, picture: form } = button.dataset, text = saving.svgText(saving.drawing(placeOf(button)));
    if (form === "svg") { saving.save(text, name + ".svg"); } else { await saving.savePng(text, name + ".png"); }
  }

  document.addEventListener("click", async (event) => {
    const button = event.target.closest ? event.target.closest("button") : null, asked = button ? button.dataset : {};
    if (asked.file) {
      saving.save((await files())[asked.file], asked.file.split("/").pop());
    } else if (asked.picture) {
      await picture(button);
    } else if (asked.table) {
      saving.save(saving.tableText(button.parentElement.previousElementSibling), asked.table + ".csv");
    } else if (asked.copy) {
      await navigator.clipboard.writeText(document.getElementById(asked.copy).textContent);
      button.textContent = "Copied";
    }
  });
}());
