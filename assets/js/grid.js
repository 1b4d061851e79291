// The grid gains: rows that load while one scrolls, cells that the keyboard reaches, whole texts, and copying.
import { startCells } from "./grid/cells.js";
import { startCount } from "./grid/count.js";
import { Rows } from "./grid/rows.js";

export function startGrid() {
  const region = document.querySelector("[data-grid]");
  if (!region) return;
  const rows = new Rows(region);
  startCells(region, rows);
  startCount(rows);
}
