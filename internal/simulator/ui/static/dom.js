// Small helpers around the DOM. Text goes in as text, never as markup: user ids
// and messages may hold anything.

export const byId = (id) => document.getElementById(id);

// el makes an element. A child may be an element or a text.
export function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined) {
      element.setAttribute(name, value);
    }
  }
  element.append(...children);
  return element;
}

// setText changes a text only where it differs, so that an update of hundreds of
// rows costs no layout.
export function setText(element, text) {
  if (element.textContent !== text) {
    element.textContent = text;
  }
}

// badge makes a label in one of the colours good, bad, warn and plain.
export const badge = (colour, text) => el("span", { class: `badge ${colour}` }, text);

// describe fills a <dl> with pairs of name and value. A value of null is left out.
export function describe(list, pairs) {
  list.replaceChildren(...pairs
    .filter(([, value]) => value !== null && value !== undefined && value !== "")
    .map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value))));
}

let toastTimer = 0;

// toast says what came of something that the user did.
export function toast(text, isError = false) {
  const element = byId("toast");
  element.textContent = text;
  element.dataset.state = isError ? "error" : "done";
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => {
    element.dataset.state = "";
    element.textContent = "";
  }, isError ? 10_000 : 4_000);
}
