// Keeps the page of a job, of a file that is inspected, or of the workers up to date: asks for its live part each second
// until nothing more can happen.
import { morph } from "./morph.js";
import { fetchElement, pause } from "./polling.js";

const EVERY_MS = 1000;
const SLOWEST_MS = 10_000;
const LEAVING_MS = 10_000;
const FINAL = ["succeeded", "failed", "cancelled"];

let leftAt = -LEAVING_MS;

export function startLive() {
  const live = document.querySelector("[data-live]");
  if (!live || FINAL.includes(live.dataset.state)) return;
  addEventListener("beforeunload", () => (leftAt = performance.now()));
  follow(live);
}

async function follow(live) {
  const tell = announcer(live);
  let wait = EVERY_MS;
  while (!FINAL.includes(live.dataset.state)) {
    await pause(wait);
    const answered = await refresh(live);
    document.getElementById("connection").hidden = answered;
    wait = answered ? EVERY_MS : Math.min(wait * 2, SLOWEST_MS);
    tell();
  }
  // What came of it is more than the live part.
  if (live.dataset.reload !== undefined) await reload();
}

// Not under someone who has just gone on to another page: the reload would take the place of what they asked for. The
// wait ends, as what they asked for may be a download, which leaves this page open.
async function reload() {
  while (performance.now() - leftAt < LEAVING_MS) await pause(EVERY_MS);
  location.reload();
}

async function refresh(live) {
  const fresh = await fetchElement(live.dataset.live);
  if (fresh) swap(live, fresh);
  return Boolean(fresh);
}

function swap(live, fresh) {
  const hadFocus = live.contains(document.activeElement);
  document.title = fresh.dataset.title;
  morph(live, fresh);
  if (hadFocus && !live.contains(document.activeElement)) document.getElementById("title").focus();
}

// A screen reader hears of quarters and of the end, not of every tick.
function announcer(live) {
  const status = document.getElementById("announcement");
  let said = live.dataset.quarter;
  return () => {
    if (live.dataset.quarter === said) return;
    said = live.dataset.quarter;
    status.textContent = live.dataset.announcement;
  };
}
