// A field that takes several values, each shown as a chip that can be taken away again.

import { make } from "./dom.js";

// Make a field; `onchange` gets the new values. Returns the element and how to set it.
export function chipField({ id, label, placeholder, onchange }) {
  let values = [];
  const input = make("input", { id, placeholder, maxLength: 1000, autocomplete: "off" });
  const options = make("datalist", { id: `${id}-options` });
  input.setAttribute("list", options.id);
  const list = make("ul", { className: "chips", ariaLabel: `${label}: chosen` });
  const add = make("button", { type: "submit", ariaLabel: `${label}: add` }, "Add");
  const take = (event) => {
    event.preventDefault();
    const value = input.value.trim();
    input.value = "";
    if (value && !values.includes(value)) onchange([...values, value]);
  };
  const element = make(
    "form",
    { className: "field", onsubmit: take },
    make("label", { htmlFor: id }, label),
    make("div", { className: "pair" }, input, add),
    options,
    list,
  );
  const chip = (value) =>
    make(
      "li",
      {},
      make("span", {}, value),
      make("button", button(value), "×"),
    );
  const button = (value) => ({
    type: "button",
    ariaLabel: `Remove ${value}`,
    onclick: () => remove(value),
  });
  const remove = (value) => {
    onchange(values.filter((other) => other !== value));
    input.focus();
  };
  return {
    element,
    set(newValues, known = []) {
      values = newValues;
      list.replaceChildren(...values.map(chip));
      options.replaceChildren(...known.map((value) => make("option", { value })));
    },
  };
}
