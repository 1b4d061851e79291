// Keeps what is told of a file up to date while it is inspected: asks for that part again until it is complete. An
// answer that nothing has changed comes from the browser's cache.
import { morph } from "./morph.js";

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

// A tab that nobody looks at asks nothing.
async function pause(milliseconds) {
  await new Promise((resolve) => setTimeout(resolve, milliseconds));
  if (!document.hidden) return;
  await new Promise((resolve) => document.addEventListener("visibilitychange", resolve, { once: true }));
}

async function refresh(part) {
  try {
    const answer = await fetch(part.dataset.soFar, { headers: { Accept: "text/html" } });
    if (!answer.ok) return false;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").body.firstElementChild;
    morph(part, fresh);
    return true;
  } catch {
    return false;
  }
}
