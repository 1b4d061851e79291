// A view's first rows are there before they are counted: asks for the words below the table until they say how many.
import { morph } from "../morph.js";
import { fetchElement, pause } from "../polling.js";

const EVERY_MS = 1000;
const SLOWEST_MS = 10_000;

export async function startCount(rows) {
  const pages = document.querySelector("[data-counting]");
  let wait = EVERY_MS;
  while (pages?.dataset.counting) {
    await pause(wait);
    const fresh = await fetchElement(pages.dataset.counting);
    wait = fresh ? EVERY_MS : Math.min(wait * 2, SLOWEST_MS);
    if (!fresh || fresh.dataset.counting) continue;
    morph(pages, fresh);
    rows.counted(Number(fresh.dataset.total));
  }
}
