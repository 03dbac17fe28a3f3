// Passkeys: asks the browser, then sends an ordinary form. Where this file or the browser cannot, a text says so.
(() => {
  const d = document;
  const P = window.PublicKeyCredential;
  if (!P?.parseRequestOptionsFromJSON || !navigator.credentials) return;
  d.querySelectorAll("[data-no-passkeys]").forEach(el => { el.hidden = true; });
  d.querySelectorAll("form[data-passkey]").forEach(form => {
    form.hidden = false;
    const credential = form.elements.credential, failed = form.querySelector("[data-failed]");
    form.addEventListener("submit", async e => {
      if (credential.value) return;
      e.preventDefault();
      failed.hidden = true;
      try {
        const answer = await fetch(form.dataset.options, { method: "POST", body: new FormData(form) });
        if (answer.redirected || !answer.ok) throw new Error(answer.status);
        const { publicKey } = await answer.json();
        const made = form.dataset.passkey === "create"
          ? await navigator.credentials.create({ publicKey: P.parseCreationOptionsFromJSON(publicKey) })
          : await navigator.credentials.get({ publicKey: P.parseRequestOptionsFromJSON(publicKey) });
        credential.value = JSON.stringify(made.toJSON());
        form.submit();
      } catch {
        failed.hidden = false;
      }
    });
  });
})();
