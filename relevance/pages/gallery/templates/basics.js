"use strict";
// What all scripts of a gallery use: the page's data, elements, and how numbers are written.

// The page as it came, for a copy that opens as it is shown; see address.js.
const source = document.documentElement.outerHTML;
const data = JSON.parse(document.getElementById("data").textContent);
const facts = data.gallery;
const at = (id) => document.getElementById(id);

function element(tag, className, text) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

function put(id, text) {
  const found = at(id);
  if (found) found.textContent = text;
}

/** A number between 0 and 1 as wording.py writes it: what is not quite 0 or 1 never looks so. */
function share(value, digits) {
  const text = value.toFixed(digits);
  const least = 10 ** -digits;
  if (value < 1 && Number(text) >= 1) return `over ${(1 - least).toFixed(digits)}`;
  if (value > 0 && Number(text) === 0) return `under ${least.toFixed(digits)}`;
  return text;
}

/** A share in per cent, by the same rule. */
function percent(value) {
  let text = (100 * value).toFixed(0);
  if ((value < 1 && text === "100") || (value > 0 && text === "0")) text = (100 * value).toFixed(1);
  if (value < 1 && text === "100.0") text = "over 99.9";
  if (value > 0 && text === "0.0") text = "under 0.1";
  return `${text}\u00a0%`;
}

const capital = (text) => text[0].toUpperCase() + text.slice(1);
const counted = (count, noun) => `${count} ${noun}${count === 1 ? "" : "s"}`;

/** Give the user a file. */
function download(name, type, text) {
  const link = element("a");
  link.href = URL.createObjectURL(new Blob([text], { type }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/** Copy a text, or select what shows it, where copying is not allowed. */
async function copy(text, shown, said) {
  try {
    await navigator.clipboard.writeText(text);
    put(said, "Copied.");
  } catch {
    if (shown) getSelection().selectAllChildren(shown);
    put(said, shown ? "Selected; copy it with your keyboard." : "The browser does not allow it.");
  }
}
