// The schedule form: writing a recipe chooses the custom one, choosing it opens the place to write.

export function startForm() {
  const select = document.querySelector("[data-recipe]");
  if (!select) return;
  const details = document.querySelector("[data-recipe-details]");
  const text = document.querySelector("[data-recipe-json]");

  select.addEventListener("change", () => {
    if (select.value !== "custom") return;
    details.open = true;
    text.focus();
  });
  text.addEventListener("input", () => {
    if (text.value.trim()) select.value = "custom";
  });
}
