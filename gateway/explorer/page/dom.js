// Elements without markup: whatever a schema or an answer says is text and nothing else.

export const at = (id) => document.getElementById(id);

/** An element with properties (data-… and aria-… as attributes) and children, which are elements or texts. */
export function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.includes('-') || name === 'role') element.setAttribute(name, value);
    else element[name] = value;
  }
  element.append(...children);
  return element;
}
