// What all parts of pages that ask for themselves again have in common.

// A tab that nobody looks at asks nothing.
export async function pause(milliseconds) {
  await new Promise((resolve) => setTimeout(resolve, milliseconds));
  if (!document.hidden) return;
  await new Promise((resolve) => document.addEventListener("visibilitychange", resolve, { once: true }));
}

// The element that stands at an address: null if there is nothing new to see there, undefined without an answer.
export async function fetchElement(address) {
  try {
    const answer = await fetch(address, { headers: { Accept: "text/html" } });
    if (!answer.ok) return undefined;
    return new DOMParser().parseFromString(await answer.text(), "text/html").body.firstElementChild;
  } catch {
    return undefined;
  }
}
