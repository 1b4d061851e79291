// The keyboard: / finds a job, ? shows the sheet, arrows and Page keys move through the rows of a list.

const PAGE = 10;
const STEPS = { ArrowDown: 1, ArrowUp: -1, PageDown: PAGE, PageUp: -PAGE, Home: -Infinity, End: Infinity };

export function startKeys() {
  const sheet = document.getElementById("keys");
  for (const button of document.querySelectorAll("[data-open-keys]")) {
    button.hidden = false;
    button.addEventListener("click", () => sheet.showModal());
  }
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (moveInRows(event)) return;
    if (isTyping(event.target) || sheet.open) return;
    if (event.key === "?") act(event, () => sheet.showModal());
    if (event.key === "/") act(event, goToLookUp);
  });
}

function act(event, action) {
  event.preventDefault();
  action();
}

function goToLookUp() {
  const field = document.getElementById("process_id");
  if (!field) {
    location.assign(`${document.querySelector(".wordmark").href}#process_id`);
    return;
  }
  field.focus();
  field.select();
}

function moveInRows(event) {
  const link = event.target.closest?.("[data-row]");
  const step = STEPS[event.key];
  if (!link || step === undefined) return false;
  const links = [...document.querySelectorAll("[data-row]")];
  const next = Math.min(Math.max(links.indexOf(link) + step, 0), links.length - 1);
  act(event, () => links[next].focus());
  return true;
}

function isTyping(target) {
  return target.isContentEditable || /^(input|textarea|select)$/i.test(target.tagName);
}
