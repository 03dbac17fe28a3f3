// Progressive enhancement only: every page and form works without this file.
(() => {
  const d = document, root = d.documentElement;
  const say = text => {
    const box = d.querySelector(".toasts");
    if (!box) return;
    const toast = d.createElement("div");
    toast.className = "toast";
    toast.textContent = text;
    box.append(toast);
    setTimeout(() => toast.remove(), 6000);
  };
  const dark = () => root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;

  d.addEventListener("submit", e => {
    const form = e.target.closest("form[data-theme-form]");
    if (!form || !window.fetch) return;
    e.preventDefault();
    root.dataset.theme = dark() ? "light" : "dark";
    const data = new FormData(form);
    data.set("theme", root.dataset.theme);
    fetch(form.action, { method: "POST", body: data, redirect: "manual" });
    form.querySelector(dark() ? ".to-light" : ".to-dark").focus();
  });
  d.addEventListener("click", e => {
    const t = e.target.closest("[data-eye],[data-copy],[data-dialog],[data-close],[data-print]");
    if (!t) return;
    if (t.dataset.eye) {
      const input = d.getElementById(t.dataset.eye), shown = input.type === "text";
      input.type = shown ? "password" : "text";
      t.setAttribute("aria-pressed", String(!shown));
      input.focus();
    } else if (t.dataset.copy) {
      const source = d.getElementById(t.dataset.copy);
      navigator.clipboard?.writeText((source.value ?? source.textContent).trim()).then(() => say(t.dataset.done));
    } else if (t.dataset.dialog) {
      const box = d.getElementById(t.dataset.dialog);
      if (box?.showModal) { e.preventDefault(); box.showModal(); }
    } else if ("close" in t.dataset) t.closest("dialog").close();
    else print();
  });
  d.addEventListener("change", e => {
    const table = e.target.closest("table");
    if (!table) return;
    const boxes = [...table.querySelectorAll("tbody input[type=checkbox]")];
    if (e.target.closest("[data-all]")) boxes.forEach(box => { box.checked = e.target.checked; });
    const n = boxes.filter(box => box.checked).length, bulk = d.querySelector("[data-bulk]");
    if (bulk) {
      bulk.querySelector("[data-n]").textContent = n;
      bulk.querySelectorAll("button").forEach(button => { button.disabled = !n; });
    }
  });
  // What only works with this file is hidden until it runs.
  d.querySelectorAll("[data-js]").forEach(el => { el.hidden = false; });
  // htmx swaps answers with errors in them (422) like any other.
  d.addEventListener("htmx:beforeSwap", e => { if (e.detail.xhr.status === 422) { e.detail.shouldSwap = true; e.detail.isError = false; } });
})();
