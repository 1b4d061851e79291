// Cells by keyboard: arrows, Page keys, Home and End move; Enter shows a cell's whole text; Ctrl+C copies the cell, or
// the row where its number has the focus.
import { openCell, textOf } from "./cell.js";

const SIDEWAYS = { ArrowLeft: -1, ArrowRight: 1, Home: -Infinity, End: Infinity };

export function startCells(region, rows) {
  const table = region.querySelector("table");
  const body = table.tBodies[0];
  let current = body.rows[0].cells[0];

  // Cells take the place of the region among what Tab reaches.
  table.setAttribute("role", "grid");
  if (Number.isFinite(rows.total)) table.setAttribute("aria-rowcount", rows.total + 1);
  region.removeAttribute("tabindex");
  current.tabIndex = 0;

  // The one that Tab reaches may have been let go.
  region.addEventListener("rows", () => {
    if (current.isConnected) return;
    current = body.rows[0].cells[0];
    current.tabIndex = 0;
  });

  function focus(cell) {
    if (current.isConnected) current.removeAttribute("tabindex");
    current = cell;
    current.tabIndex = 0;
    current.focus({ preventScroll: true });
    show(region, current);
  }

  async function move(steps) {
    const at = () => [...body.rows].indexOf(current.parentElement);
    const wanted = at() + steps;
    if (wanted >= body.rows.length) await rows.load(true);
    if (wanted < 0) await rows.load(false);
    const place = Math.min(Math.max(at() + steps, 0), body.rows.length - 1);
    focus(body.rows[place].cells[current.cellIndex]);
  }

  table.addEventListener("focusin", (event) => {
    const cell = event.target.closest("td, th[scope=row]");
    if (cell && cell === event.target && cell !== current) focus(cell);
  });
  table.addEventListener("click", (event) => {
    const more = event.target.closest(".grid-more");
    const cell = event.target.closest("td, th[scope=row]");
    if (more) event.preventDefault();
    if (more) openCell(region, cell);
    else if (cell && getSelection().isCollapsed) focus(cell);
  });
  table.addEventListener("keydown", (event) => {
    if (event.target !== current || event.altKey) return;
    if ((event.ctrlKey || event.metaKey) && event.key !== "c") return;
    const action = actionOf(event);
    if (!action) return;
    event.preventDefault();
    action();
  });

  function actionOf({ key, ctrlKey, metaKey }) {
    if (ctrlKey || metaKey) return getSelection().isCollapsed && (() => copy(region, current));
    if (key === "Enter") return current.matches("td") && (() => openCell(region, current));
    if (key === "ArrowDown" || key === "ArrowUp") return () => move(key === "ArrowDown" ? 1 : -1);
    if (key === "PageDown" || key === "PageUp") return () => move(key === "PageDown" ? page(region) : -page(region));
    if (key in SIDEWAYS) return () => focus(sideways(current, SIDEWAYS[key]));
    return undefined;
  }
}

function sideways(cell, steps) {
  const { cells } = cell.parentElement;
  return cells[Math.min(Math.max(cell.cellIndex + steps, 0), cells.length - 1)];
}

// How many rows are in view.
function page(region) {
  const height = region.querySelector("tbody tr").offsetHeight;
  return Math.max(1, Math.floor((region.clientHeight - region.querySelector("thead").offsetHeight) / height) - 1);
}

// Scrolls so that the cell is beside the numbers and below the head, which cover what is under them.
function show(region, cell) {
  const top = region.querySelector("thead").offsetHeight;
  const left = cell.parentElement.cells[0].offsetWidth;
  const box = region.getBoundingClientRect();
  const { top: at, bottom, left: start, right } = cell.getBoundingClientRect();
  const edge = box.top + region.clientHeight;
  if (at < box.top + top) region.scrollTop -= box.top + top - at;
  else if (bottom > edge) region.scrollTop += bottom - edge;
  if (cell.cellIndex === 0) return;
  const end = box.left + region.clientWidth;
  if (start < box.left + left) region.scrollLeft -= box.left + left - start;
  else if (right > end) region.scrollLeft += Math.min(right - end, start - box.left - left);
}

async function copy(region, cell) {
  const isRow = cell.matches("th");
  const cells = isRow ? [...cell.parentElement.cells].slice(1) : [cell];
  const texts = await Promise.all(cells.map((each) => textOf(region, each)));
  try {
    await navigator.clipboard.writeText(texts.join("\t"));
    cell.classList.add("grid-copied");
    setTimeout(() => cell.classList.remove("grid-copied"), 600);
  } catch {
    // The clipboard needs a secure origin; elsewhere the text is selected, so that another key press copies it.
    getSelection().selectAllChildren(isRow ? cell.parentElement : cell);
  }
}
