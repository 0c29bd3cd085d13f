// The known types: shown, added to, and what was changed last taken back.

import { ask, Problem } from "./api.js";
import { at, complain, forgive, make, put, say, several } from "./dom.js";
import { framed } from "./grid.js";
import { chooser, inParts } from "./pictures.js";
import { openReferences, startRemoving } from "./removing.js";

const SHOWN = 4; // references of a type
const NONE =
  "No types are known yet. Add a few pictures of each thing that is to be recognised, from " +
  "different sides; two or three a type are a beginning.";

let chosen = []; // pictures that are to become references

export function startTypes() {
  startRemoving(showTypes);
  at("add-type").onclick = () => openAdding("", []);
  chooser("adding-choose", "adding-files", choose);
  at("adding-cancel").onclick = () => at("adding").close();
  at("adding-form").onsubmit = (event) => {
    event.preventDefault();
    add(at("adding-type").value.trim()).catch(wrong);
  };
  at("undo").onclick = () => at("undoing").showModal();
  at("undoing-cancel").onclick = () => at("undoing").close();
  at("undoing-go").onclick = () => {
    at("undoing").close();
    undo().catch(complain);
  };
}

// Ask the server for the types, and draw them.
export async function showTypes() {
  const server = await ask("/server");
  const types = server.references ? await ask("/references") : []; // else asking is an error
  at("types-empty").hidden = types.length > 0;
  at("undo").hidden = !server.references; // what is empty may have been emptied
  at("types-empty").replaceChildren(
    make("p", {}, NONE),
    make("p", { className: "muted" }, "Or by command, a folder a type:"),
    make("pre", {}, "relevance references add FOLDER"),
  );
  at("types").replaceChildren(...types.map(tile));
  at("adding-types").replaceChildren(...types.map((item) => make("option", { value: item.type })));
}

function tile(item) {
  const grown = item.grown ? `, ${item.grown} of them grown` : "";
  const frame = (source) => make("div", { className: "frame" }, framed(source, 120));
  const add = make("button", { type: "button", ariaLabel: `Add to ${item.type}` }, "Add…");
  add.onclick = () => openAdding(item.type, []);
  const show = make("button", { type: "button", ariaLabel: `Show all of ${item.type}` }, "Show…");
  show.onclick = () => openReferences(item.type).catch(complain);
  return make(
    "li",
    { className: "card" },
    make("div", { className: "strip" }, ...item.thumbnails.slice(0, SHOWN).map(frame)),
    make(
      "div",
      { className: "text" },
      make("span", { className: "file" }, item.type),
      make("span", { className: "values" }, several(item.references, "reference") + grown),
    ),
    make("div", { className: "buttons" }, show, add),
  );
}

// Let the user say which pictures are of which type.
export function openAdding(type, files) {
  at("adding-problem").hidden = true;
  at("adding-type").value = type;
  choose(files);
  at("adding").showModal();
  at(type ? (files.length ? "adding-type" : "adding-choose") : "adding-type").focus();
}

function choose(files) {
  chosen = files;
  const words = files.length ? `${several(files.length, "picture")} chosen` : "none chosen yet";
  put("adding-count", words);
}

async function add(type) {
  if (!chosen.length) throw new Problem("Choose at least one picture.");
  forgive();
  let skipped = [];
  for (const part of inParts(chosen)) {
    const form = new FormData();
    for (const file of part) form.append("picture", file);
    const added = await ask(`/references?type=${encodeURIComponent(type)}`, { form });
    skipped = skipped.concat(added.skipped);
  }
  at("adding").close();
  await showTypes();
  const kept = chosen.length - skipped.length;
  const left = skipped.length ? ` ${skipped[0].path} was not: ${skipped[0].reason}.` : "";
  say(`${several(kept, "picture")} of ${type} given.${left}`);
}

function wrong(error) {
  put("adding-problem", error.message);
  at("adding-problem").hidden = false;
}

async function undo() {
  forgive();
  const undone = await ask("/undo", { method: "POST" });
  await showTypes();
  const parts = [
    undone.added && `${several(undone.added, "reference")} taken away again`,
    undone.removed && `${several(undone.removed, "reference")} brought back`,
  ];
  say(`Undone: ${parts.filter(Boolean).join(", ") || "nothing was changed"}.`);
}
