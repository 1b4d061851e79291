// Makes one element's content equal to another's in place, so that focus, selection and scrolling stay where they are.

// What the person, not the server, decides: an opened section stays open.
const KEPT = { DETAILS: ["open"], DIALOG: ["open"] };

export function morph(old, fresh) {
  morphAttributes(old, fresh);
  const children = [...old.childNodes];
  const wanted = [...fresh.childNodes];
  wanted.forEach((node, index) => {
    const child = children[index];
    if (!child) old.append(node);
    else if (!isSameKind(child, node)) child.replaceWith(node);
    else if (child.nodeType === Node.ELEMENT_NODE) morph(child, node);
    else if (child.data !== node.data) child.data = node.data;
  });
  children.slice(wanted.length).forEach((child) => child.remove());
}

function isSameKind(child, node) {
  return child.nodeName === node.nodeName && child.id === node.id;
}

function morphAttributes(old, fresh) {
  const kept = KEPT[old.nodeName] ?? [];
  for (const { name } of [...old.attributes]) {
    if (!fresh.hasAttribute(name) && !kept.includes(name)) old.removeAttribute(name);
  }
  for (const { name, value } of fresh.attributes) {
    if (old.getAttribute(name) !== value && !kept.includes(name)) old.setAttribute(name, value);
  }
}
