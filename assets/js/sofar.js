// Keeps what is told of a file up to date while it is inspected: asks for that part again until it is complete. An
// answer that nothing has changed comes from the browser's cache.
import { morph } from "./morph.js";
import { fetchElement, pause } from "./polling.js";

const EVERY_MS = 1500;
const SLOWEST_MS = 12_000;

export function startSoFar() {
  const part = document.querySelector("[data-so-far]");
  if (part) follow(part);
}

async function follow(part) {
  let wait = EVERY_MS;
  while (part.dataset.soFar) {
    await pause(wait);
    wait = (await refresh(part)) ? EVERY_MS : Math.min(wait * 2, SLOWEST_MS);
  }
}

// Before anything is known, the answer is empty.
async function refresh(part) {
  const fresh = await fetchElement(part.dataset.soFar);
  if (fresh) morph(part, fresh);
  return fresh !== undefined;
}
