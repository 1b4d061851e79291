// The page of uploads: files that are dropped or chosen are sent two at a time, each with a row of its own.
import { Sending } from "./upload/sending.js";
import { Row } from "./upload/row.js";

const AT_ONCE = 2;

const form = document.getElementById("upload");
const input = document.getElementById("file");
const rows = document.getElementById("uploads");
const announcement = document.getElementById("announcement");
const waiting = [];
let busy = 0;

input.addEventListener("change", () => {
  take(input.files);
  input.value = "";
});

// A file that misses the place is not opened in the page's stead.
for (const name of ["dragover", "drop"]) document.addEventListener(name, (event) => event.preventDefault());
const place = document.querySelector("[data-drop]");
document.addEventListener("dragover", () => place.classList.add("over"));
document.addEventListener("dragleave", (event) => event.relatedTarget ?? place.classList.remove("over"));
document.addEventListener("drop", (event) => {
  place.classList.remove("over");
  take(event.dataTransfer.files);
});

addEventListener("beforeunload", (event) => {
  if (busy) event.preventDefault();
});

function take(files) {
  for (const file of files) {
    const row = new Row(rows, file.name, file.size, (text) => (announcement.textContent = text));
    const sending = new Sending(file, endpoint(), row, { began: hideUnfinished, ended: next, wanted: enqueue });
    row.listen(sending);
    enqueue(sending);
  }
}

function endpoint() {
  return new URL(form.dataset.endpoint, location.href).href;
}

function enqueue(sending) {
  waiting.push(sending);
  begin();
}

function next() {
  busy -= 1;
  begin();
}

function begin() {
  while (busy < AT_ONCE && waiting.length) {
    const sending = waiting.shift();
    if (sending.isGivenUp) continue;
    busy += 1;
    sending.start();
  }
}

// What goes on here stands in the list of the unfinished no more.
function hideUnfinished(id) {
  document.querySelector(`[data-unfinished="${CSS.escape(id)}"]`)?.remove();
  const section = document.getElementById("unfinished");
  if (section && !section.querySelector("[data-unfinished]")) section.remove();
}
