// The tab for recognition: which known type pictures show, with the reference that is nearest.

import { ask } from "./api.js";
import { at, complain, forgive, make, put, several, whole } from "./dom.js";
import { framed } from "./grid.js";
import { inParts, chooser } from "./pictures.js";
import { openAdding, showTypes, startTypes } from "./types.js";

let held = 0; // pictures that were answered about
let stop = new AbortController();

export function startRecognise() {
  startTypes();
  chooser("recognise-choose", "recognise-files", recognise);
  at("recognise-clear").onclick = clear;
}

export function showRecognise() {
  showTypes().catch(complain);
}

// Hold pictures against the references, some at a time; the latest come first.
export async function recognise(files) {
  const { signal } = stop;
  forgive();
  let done = 0;
  try {
    for (const part of inParts(files)) {
      put("recognise-count", `${whole(done)} of ${several(files.length, "picture")}…`);
      const form = new FormData();
      for (const file of part) form.append("picture", file);
      const answer = await ask("/recognise", { form, signal });
      const rows = answer.rows.map((row, number) => recognition(row, part[number]));
      at("recognitions").prepend(...rows);
      done += part.length;
      held += part.length;
      drawNotes(answer);
    }
    put("recognise-count", `${several(held, "picture")}: ${tally()}.`);
  } catch (error) {
    put("recognise-count", "");
    if (!signal.aborted) complain(error);
  }
  at("recognise-clear").hidden = held === 0;
}

function tally() {
  const rows = [...at("recognitions").children];
  const of = (status) => rows.filter((row) => row.dataset.status === status).length;
  const parts = { recognised: "recognised", none: "of no known type", skipped: "not readable" };
  return Object.entries(parts)
    .filter(([status]) => of(status))
    .map(([status, words]) => `${of(status)} ${words}`)
    .join(", ");
}

function drawNotes(answer) {
  const least = answer.threshold.toFixed(2);
  const first = `A picture counts as of a type from a similarity of ${least} on.`;
  const notes = [first, answer.note, ...answer.notes].filter(Boolean);
  at("recognise-notes").replaceChildren(...notes.map((note) => make("li", {}, note)));
}

function recognition(row, file) {
  const url = URL.createObjectURL(file);
  const item = make(
    "li",
    { className: "card" },
    make("div", { className: "pair-of" }, figure(url, "yours"), nearest(row)),
    make("div", { className: "text" }, span("file", file.name), ...words(row)),
  );
  item.dataset.status = row.status;
  item.dataset.url = url;
  if (row.status !== "skipped") {
    const onclick = () => openAdding(row.type || row.candidate, [file]);
    item.lastChild.append(make("button", { type: "button", onclick }, "Add as reference…"));
  }
  return item;
}

const span = (className, text) => make("span", { className }, text);

const nearest = (row) => (row.thumbnail ? figure(row.thumbnail, "nearest reference") : "");

function figure(source, caption) {
  const frame = make("div", { className: "frame" }, framed(source, 240, false));
  return make("figure", {}, frame, make("figcaption", {}, caption));
}

function words(row) {
  if (row.status === "skipped") {
    return [span("label irrelevant", "not readable"), span("values", row.reason)];
  }
  const similarity = `similarity ${row.similarity.toFixed(3)}`;
  if (row.status === "recognised") {
    const rest = row.second ? `; ${row.margin.toFixed(3)} ahead of ${row.second}` : "";
    return [span("type", row.type), span("values", similarity + rest)];
  }
  const closest = row.candidate ? `nearest is ${row.candidate}, ${similarity}` : similarity;
  return [span("type none", "no known type"), span("values", row.reason || closest)];
}

function clear() {
  stop.abort();
  stop = new AbortController();
  for (const row of at("recognitions").children) URL.revokeObjectURL(row.dataset.url);
  at("recognitions").replaceChildren();
  at("recognise-notes").replaceChildren();
  put("recognise-count", "");
  at("recognise-clear").hidden = true;
  held = 0;
  at("recognise-choose").focus();
}
