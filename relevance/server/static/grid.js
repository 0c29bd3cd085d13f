// The grid of results: a tile each, one of which the arrow keys reach and move from.

import { at, fileName, make, percent } from "./dom.js";
import { markOf, RIGHT, WRONG } from "./marks.js";

const LIST = at("results");
const SIGNS = { [RIGHT]: "marked right", [WRONG]: "marked wrong", "": "" };

let shown = []; // the results that have a tile
let current = 0;
let calls = {};

// `onopen(place)` and `onmark(place, label)` are called with a result's place among those shown.
export function startGrid(callbacks) {
  calls = callbacks;
  LIST.addEventListener("click", clicked);
  LIST.addEventListener("keydown", pressed);
  LIST.addEventListener("focusin", (event) => select(placeOf(event.target)));
}

export function clearGrid() {
  shown = [];
  current = 0;
  LIST.replaceChildren();
}

export function addTiles(results) {
  const first = shown.length;
  shown.push(...results);
  LIST.append(...results.map((result, number) => tile(result, first + number)));
  if (!first) select(0);
}

export const tilesShown = () => shown.length;

// Draw a tile's mark anew.
export function drawMark(place) {
  const label = markOf(shown[place].id);
  const item = LIST.children[place];
  item.dataset.mark = label;
  item.querySelector(".open").ariaLabel = spoken(shown[place], label);
  for (const button of item.querySelectorAll("[data-label]")) {
    button.ariaPressed = String(button.dataset.label === label);
  }
}

export function focusTile(place) {
  const open = LIST.children[Math.min(place, shown.length - 1)]?.querySelector(".open");
  open?.focus();
  open?.scrollIntoView({ block: "nearest" });
}

export const valueOf = (result) =>
  result.probability === null ? result.score.toFixed(3) : percent(result.probability);

// A picture in its frame; what cannot be shown says so.
export function framed(source, size, lazy = true) {
  const image = make("img", { alt: "", draggable: false, decoding: "async" });
  image.width = image.height = size;
  if (lazy) image.loading = "lazy";
  image.onerror = () => image.replaceWith(make("span", { className: "muted" }, "cannot be shown"));
  image.src = source;
  return image;
}

function tile(result, place) {
  const button = make(
    "button",
    { type: "button", className: "open", tabIndex: -1 },
    make("span", { className: "frame" }, framed(result.thumbnail, 240)),
    make(
      "span",
      { className: "text" },
      make("span", { className: "file" }, fileName(result.path)),
      " ", // as text that is read out has one between words
      make("span", { className: "values" }, make("b", {}, valueOf(result)), ` ${result.folder}`),
    ),
  );
  button.setAttribute("aria-keyshortcuts", "y n u");
  const item = make(
    "li",
    { className: "card" },
    button,
    make(
      "span",
      { className: "verdict" },
      verdict(result, RIGHT, "✓", "Right"),
      verdict(result, WRONG, "✗", "Wrong"),
    ),
  );
  item.dataset.place = place;
  queueMicrotask(() => drawMark(place));
  return item;
}

function verdict(result, label, sign, word) {
  const button = make("button", { type: "button", tabIndex: -1, title: word }, sign);
  button.ariaLabel = `${word}: ${fileName(result.path)}`;
  button.dataset.label = label;
  return button;
}

function spoken(result, label) {
  const name = `${result.rank}. ${fileName(result.path)}`;
  const parts = [name, valueOf(result), result.folder, SIGNS[label]];
  return parts.filter(Boolean).join(", ");
}

const placeOf = (target) => Number(target.closest("li")?.dataset.place ?? current);

function select(place) {
  LIST.children[current]?.querySelector(".open")?.setAttribute("tabindex", "-1");
  current = place;
  LIST.children[current]?.querySelector(".open")?.setAttribute("tabindex", "0");
}

function clicked(event) {
  const button = event.target.closest("button");
  if (!button) return;
  const place = placeOf(button);
  if (button.classList.contains("open")) calls.onopen(place);
  else calls.onmark(place, button.ariaPressed === "true" ? "" : button.dataset.label);
}

function pressed(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || !shown.length) return;
  const label = { y: RIGHT, n: WRONG, u: "" }[event.key];
  if (label !== undefined) calls.onmark(current, label);
  const to = target(event.key);
  if (to === undefined) return;
  event.preventDefault();
  focusTile(Math.max(0, Math.min(to, shown.length - 1)));
}

function target(key) {
  const last = shown.length - 1;
  const down = current + columns();
  return {
    ArrowLeft: current - 1,
    ArrowRight: current + 1,
    ArrowUp: current < columns() ? current : current - columns(),
    ArrowDown: down <= last || rowOf(current) === rowOf(last) ? Math.min(down, last) : last,
    Home: 0,
    End: last,
  }[key];
}

const rowOf = (place) => Math.floor(place / columns());

function columns() {
  const top = LIST.children[0].offsetTop;
  const next = [...LIST.children].findIndex((item) => item.offsetTop > top);
  return next < 0 ? shown.length : next;
}
