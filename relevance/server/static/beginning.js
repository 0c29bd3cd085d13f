// What there is to do where nothing is asked yet, or nothing can be, or nothing is found.

import { change } from "./address.js";
import { at, make, several } from "./dom.js";
import { isEmpty, minimumOf } from "./query.js";

const MAKING = "relevance index PICTURES -o shop.index\nrelevance serve shop.index";
const EXAMPLES = 10;

// Draw it; `index` is undefined where the server has none.
export function drawBeginning(state, index) {
  at("search-empty").hidden = Boolean(index) && !isEmpty(state);
  at("search-empty").replaceChildren(...(index ? invitation(index) : howToServe()));
}

export function nothingFound(state) {
  const ways = [
    minimumOf(state) && "move the slider down",
    (state.folder.length || state.label.length) && "take a filter away",
    state.not.length && "leave out less",
  ].filter(Boolean);
  return `No picture is found${ways.length ? `: ${ways.join(", or ")}` : ""}.`;
}

function howToServe() {
  const text =
    "This server has no index to search. Make one of a folder of pictures, and serve it:";
  return [make("p", {}, text), make("pre", {}, MAKING)];
}

function invitation(index) {
  const text =
    "Type what pictures are to show, or drop, paste or choose a picture to find similar ones " +
    `among the ${several(index.count, "picture")} of “${index.name}”.`;
  const examples = index.folders
    .slice(0, EXAMPLES)
    .map((name) => make("button", { type: "button", onclick: () => change({ q: name }) }, name));
  if (!examples.length) return [make("p", {}, text)];
  const or = make("p", { className: "muted" }, "Or begin with the name of a folder:");
  return [make("p", {}, text), or, make("div", { className: "buttons" }, ...examples)];
}
