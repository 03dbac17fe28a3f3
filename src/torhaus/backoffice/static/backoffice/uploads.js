// Uploads files piece by piece (tus 1.0.0), resumable. Without it the form sends them whole.
(() => {
  const d = document, form = d.querySelector("form[data-uploads]"), busy = new Set();
  const pause = ms => new Promise(go => setTimeout(go, ms));
  const look = async () => {
    const old = d.querySelector("[data-wait]");
    if (!old) return;
    await pause(3000);
    try {
      const page = new DOMParser().parseFromString(await (await fetch(location.href)).text(), "text/html");
      const now = page.getElementById(old.id);
      if (now && !old.contains(d.activeElement)) old.replaceWith(d.importNode(now, true));
    } catch { /* the next look may succeed */ }
    look();
  };
  look();
  if (!form) return;
  const words = form.dataset, token = form.elements.csrfmiddlewaretoken.value;
  const fill = (text, n) => text.replace("[n]", n);
  const b64 = bytes => btoa(String.fromCharCode(...bytes));
  const text64 = text => b64(new TextEncoder().encode(text));

  // Gives the answer. Throws {stop: words} for what trying again cannot mend, anything else for what it may.
  const ask = async (url, method, headers, body) => {
    const r = await fetch(url, { method, body, redirect: "manual", headers: { "Tus-Resumable": "1.0.0", "X-CSRFToken": token, ...headers } });
    if (r.ok) return r;
    if (r.type === "opaqueredirect") throw { stop: words.out };
    const said = await r.json().catch(() => ({}));
    if (r.status < 500 && r.status !== 460 && said.code !== "offset" || r.status === 507) throw { stop: said.detail || words.failed };
    throw r;
  };

  const send = async (slot, file) => {
    const bar = slot.querySelector("progress"), line = slot.querySelector("[data-said]"), live = slot.querySelector("[role=status]");
    const ref = slot.querySelector("input[type=hidden]"), mine = slot.run = {};
    let url = "", at = 0, size = 1 << 20, tries = 0, told = -1, began = 0, from = 0;
    const say = (text, aloud) => { line.textContent = text; if (aloud) live.textContent = file.name + ": " + text; };
    const show = () => {
      const part = Math.floor(at / file.size * 100), left = (performance.now() - began) / (at - from || 1) * (file.size - at) / 6e4;
      bar.value = part;
      const quarter = Math.floor(part / 25);
      say(fill(words.percent, part) + (left > 1 ? ", " + fill(words.left, Math.ceil(left)) : ""), quarter !== told);
      told = quarter;
    };
    slot.querySelector("[data-had]")?.remove();
    ref.value = ""; bar.hidden = false; busy.add(slot);
    while (slot.run === mine) try {
      if (!url) {
        const r = await ask(words.uploads, "POST", { "Upload-Length": file.size, "Upload-Metadata": `filename ${text64(file.name)},fingerprint ${text64("" + file.lastModified)}` });
        url = r.headers.get("Location"); at = +r.headers.get("Upload-Offset");
      } else at = +(await ask(url, "HEAD")).headers.get("Upload-Offset");
      began = performance.now(); from = at;
      while (at < file.size && slot.run === mine) {
        show();
        const piece = file.slice(at, at + size), start = performance.now(), head = { "Upload-Offset": at, "Content-Type": "application/offset+octet-stream" };
        if (window.crypto?.subtle) head["Upload-Checksum"] = "sha256 " + b64(new Uint8Array(await crypto.subtle.digest("SHA-256", await piece.arrayBuffer())));
        at = +(await ask(url, "PATCH", head, piece)).headers.get("Upload-Offset");
        const took = performance.now() - start;
        size = took < 1e3 ? Math.min(size * 2, 1 << 24) : took > 4e3 ? Math.max(size / 2, 1 << 18) : size;
        tries = 0;
      }
      if (slot.run !== mine) return;
      ref.value = url.split("/").at(-2); bar.value = 100; busy.delete(slot);
      return say(words.done, true);
    } catch (e) {
      if (slot.run !== mine) return;
      const stop = e.stop || e instanceof DOMException && words.failed; // a file that changed or went away cannot be read
      if (stop) { busy.delete(slot); bar.hidden = true; return say(stop, true); }
      say(words.broken, !tries);
      await pause(Math.min(3e4, 500 * 2 ** tries++));
    }
  };

  form.querySelectorAll("[data-slot]").forEach(slot => {
    const input = slot.querySelector("input[type=file]");
    const take = () => { if (input.files[0]) send(slot, input.files[0]); };
    input.addEventListener("change", take);
    slot.addEventListener("dragover", e => e.preventDefault());
    slot.addEventListener("drop", e => {
      e.preventDefault();
      if (e.dataTransfer.files[0]) { input.files = e.dataTransfer.files; take(); }
    });
  });
  form.addEventListener("submit", e => {
    if (busy.size) {
      e.preventDefault();
      const slot = [...busy][0];
      slot.querySelector("[data-said]").textContent = slot.querySelector("[role=status]").textContent = words.wait;
      slot.querySelector("input[type=file]").focus();
      return;
    }
    // What was uploaded is named by its hidden field; the bytes need not come again.
    form.querySelectorAll("[data-slot]").forEach(slot => { if (slot.querySelector("input[type=hidden]").value) slot.querySelector("input[type=file]").disabled = true; });
  });
  addEventListener("beforeunload", e => { if (busy.size) e.preventDefault(); });
})();
