// One cell's text as it is in the file, also where the page shows it cut or with its invisible characters written out.

const LOADING = "…";

export async function textOf(region, cell) {
  if (cell.querySelector(".grid-none")) return "";
  if (!cell.querySelector(".unseen, .grid-more")) return cell.textContent;
  const answer = await fetch(addressOf(region, cell));
  if (!answer.ok) throw new Error(answer.statusText);
  return answer.text();
}

export async function openCell(region, cell) {
  const dialog = document.getElementById("cell");
  const text = document.getElementById("cell-text");
  document.getElementById("cell-title").textContent = titleOf(region, cell);
  text.textContent = LOADING;
  dialog.showModal();
  try {
    text.textContent = await textOf(region, cell);
  } catch {
    text.textContent = "The server does not answer. Close this and try again.";
  }
}

function addressOf(region, cell) {
  const address = new URL(region.dataset.cell, location.href);
  address.searchParams.set("row", cell.parentElement.dataset.number);
  address.searchParams.set("column", headOf(region, cell).dataset.column);
  return address;
}

function titleOf(region, cell) {
  return `${headOf(region, cell).querySelector(".name").textContent}, row ${cell.parentElement.cells[0].textContent}`;
}

function headOf(region, cell) {
  return region.querySelector("thead tr").cells[cell.cellIndex];
}
