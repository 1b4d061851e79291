// Copies a text with one click. The button's label says that it is done, also to a screen reader.

const SHOWN_MS = 1500;

export function startCopying() {
  document.documentElement.classList.add("has-script");
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-copy]");
    if (button) copy(button);
  });
}

async function copy(button) {
  const label = button.querySelector("[data-label]");
  const done = await written(document.getElementById(button.dataset.copy));
  label.textContent = done ? "Copied" : "Press Ctrl+C";
  setTimeout(() => (label.textContent = label.dataset.label), SHOWN_MS);
}

// The clipboard needs a secure origin; elsewhere the text is selected, so that a key press copies it.
async function written(source) {
  try {
    await navigator.clipboard.writeText(source.textContent.trim());
    return true;
  } catch {
    getSelection().selectAllChildren(source);
    return false;
  }
}
