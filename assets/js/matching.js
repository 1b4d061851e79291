// The form of an enrichment: a column that stands in braces in the address is the one that is matched, at once.

export function startMatching() {
  const address = document.querySelector("[data-matching] [name=url]");
  if (!address) return;
  const form = address.form;
  const column = form.elements.namedItem("column");
  const key = form.elements.namedItem("key");

  const follow = () => {
    const placeholder = /\{([^{}]+)\}/.exec(address.value);
    const names = [...column.options].map((option) => option.value);
    if (placeholder && names.includes(placeholder[1])) column.value = placeholder[1];
    // Only records of a list have a key.
    key.closest(".field").hidden = Boolean(placeholder);
  };
  address.addEventListener("input", follow);
  follow();
}
