// Makes elements; texts are always texts, never markup.

/** Makes an element with attributes (functions become listeners) and children (texts or elements; nothing is left out). */
export function element(name, attributes = {}, ...children) {
  return fill(document.createElement(name), attributes, children);
}

/** The same for SVG. */
export function svg(name, attributes = {}, ...children) {
  return fill(document.createElementNS("http://www.w3.org/2000/svg", name), attributes, children);
}

function fill(node, attributes, children) {
  for (const [key, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === "function") node.addEventListener(key, value);
    else node.setAttribute(key, value === true ? "" : value);
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return node;
}

/** Puts children in the place of those that are there; the focus stays on what has the same data-key. */
export function replace(parent, ...children) {
  const focused = document.activeElement;
  const key = parent.contains(focused) ? focused.dataset?.key : undefined;
  parent.replaceChildren(...children.flat().filter((child) => child !== null && child !== undefined));
  if (key !== undefined) parent.querySelector(`[data-key="${CSS.escape(key)}"]`)?.focus({ preventScroll: true });
}

/**
 * Brings children up to date: one with the same data-row as a new one stays when `merge(old, new)` could take the new
 * one over, so that clicks, focus, selection and scroll position do; the others come and go.
 */
export function update(parent, children, merge) {
  const old = new Map([...parent.children].map((child) => [child.dataset.row, child]));
  const wanted = children.filter((child) => child !== null).map((child) => {
    const before = old.get(child.dataset.row);
    old.delete(child.dataset.row);
    return before && merge(before, child) ? before : child;
  });
  const kept = new Set(wanted);
  for (const child of [...parent.children]) if (!kept.has(child)) child.remove();
  wanted.forEach((child, index) => {
    if (parent.children[index] !== child) parent.insertBefore(child, parent.children[index] ?? null);
  });
}

/** Takes over those cells of a table's row that differ. */
export function updateRow(before, after) {
  if (before.children.length !== after.children.length) return false;
  [...after.children].forEach((cell, index) => {
    if (!before.children[index].isEqualNode(cell)) before.children[index].replaceWith(cell);
  });
  return true;
}

/** Sets a text, and only when it differs, so that screen readers are told changes only. */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}
