// How a file is read: every change of a control shows the first rows anew, and the address says what is shown.
import { morph } from "./morph.js";

const WAIT_MS = 200;

export function startReading() {
  const form = document.querySelector("[data-head]");
  if (!form) return;
  const head = document.getElementById("head");
  let asked = 0;
  let timer;

  form.querySelector("[data-show]").hidden = true;
  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(show, WAIT_MS);
  });

  async function show() {
    const query = new URLSearchParams(new FormData(form));
    const mine = ++asked;
    head.setAttribute("aria-busy", "true");
    const fresh = await fetched(`${form.dataset.head}?${query}`);
    // An answer that was overtaken by a later question says what is no longer asked.
    if (mine !== asked) return;
    head.removeAttribute("aria-busy");
    if (!fresh) return form.requestSubmit();
    morph(head, fresh);
    history.replaceState(null, "", `${form.action}?${query}`);
  }
}

async function fetched(address) {
  try {
    const answer = await fetch(address, { headers: { Accept: "text/html" } });
    if (!answer.ok) return null;
    return new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("head");
  } catch {
    return null;
  }
}
