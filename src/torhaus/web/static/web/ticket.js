// Counts what is typed, and says at once when files are too many or too large. The server checks both again.
(() => {
  const d = document, area = d.querySelector("[data-count]"), files = d.getElementById("id_files");
  if (area) {
    const shown = d.getElementById(area.dataset.count);
    const count = () => { shown.textContent = area.value.length.toLocaleString(d.documentElement.lang); };
    area.addEventListener("input", count);
    count();
  }
  files?.addEventListener("change", () => {
    const sizes = [...files.files].map(file => file.size), limit = files.dataset;
    const together = sizes.reduce((sum, size) => sum + size, 0);
    d.getElementById("id_files_note").hidden =
      sizes.length <= +limit.most && together <= +limit.together && sizes.every(size => size <= +limit.each);
  });
})();
