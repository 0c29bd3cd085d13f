// One result, large, with its numbers. A dialog element keeps the focus and closes on Escape.

import { at, fileName, make, percent, put, whole } from "./dom.js";
import { framed } from "./grid.js";
import { markOf, RIGHT, WRONG } from "./marks.js";

const DIALOG = at("viewer");
const KEYS = { y: RIGHT, n: WRONG, u: "" };

let results = [];
let unit = "";
let place = 0;

// `onmark(place, label)`, `onlike(result)`, and `onclose(place)`, where the focus belongs next.
export function startViewer({ onmark, onlike, onclose }) {
  const mark = (label) => {
    onmark(place, label);
    drawMark();
  };
  const toggle = (label) => mark(markOf(results[place].id) === label ? "" : label);
  at("viewer-right").onclick = () => toggle(RIGHT);
  at("viewer-wrong").onclick = () => toggle(WRONG);
  at("viewer-previous").onclick = () => step(-1);
  at("viewer-next").onclick = () => step(1);
  at("viewer-close").onclick = () => DIALOG.close();
  at("viewer-like").onclick = () => {
    DIALOG.close();
    onlike(results[place]);
  };
  DIALOG.onclose = () => onclose(place);
  DIALOG.onclick = (event) => {
    if (event.target === DIALOG) DIALOG.close(); // the backdrop; false would keep links from opening
  };
  DIALOG.onkeydown = (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "ArrowLeft") step(-1);
    if (event.key === "ArrowRight") step(1);
    if (event.key in KEYS) mark(KEYS[event.key]);
  };
}

// Open the result at a place of a list that may grow meanwhile.
export function view(list, first, newUnit) {
  results = list;
  unit = newUnit;
  place = first;
  draw();
  DIALOG.showModal();
}

export const closeViewer = () => DIALOG.open && DIALOG.close();

function step(by) {
  if (!results[place + by]) return;
  place += by;
  draw();
}

function draw() {
  const result = results[place];
  put("viewer-title", fileName(result.path));
  at("viewer-frame").replaceChildren(framed(`${result.thumbnail}&side=1200`, 1200, false));
  at("viewer-file").href = result.picture;
  at("viewer-facts").replaceChildren(
    ...facts(result).flatMap(([name, value]) => [make("dt", {}, name), make("dd", {}, value)]),
  );
  at("viewer-previous").disabled = place === 0;
  at("viewer-next").disabled = place === results.length - 1;
  drawMark();
}

function facts(result) {
  const number = (value) => value?.toFixed(4) ?? "–";
  return [
    ["Rank", whole(result.rank)],
    ...(result.probability === null ? [] : [["Probability", percent(result.probability)]]),
    ["Score", `${number(result.score)} (${unit})`],
    ["Cosine", number(result.cosine)],
    ["Folder", result.folder || "–"],
    ...Object.entries(result.columns).map(([name, value]) => [name, String(value ?? "–")]),
    [result.places.length > 1 ? "Places" : "Place", result.places.join("\n")],
    ["Id", result.id],
  ];
}

function drawMark() {
  const label = markOf(results[place].id);
  at("viewer-right").ariaPressed = String(label === RIGHT);
  at("viewer-wrong").ariaPressed = String(label === WRONG);
  const said = { [RIGHT]: ", right", [WRONG]: ", wrong" }[label] ?? "";
  put("viewer-place", `${whole(place + 1)} of ${whole(results.length)}${said}`);
}
