// A type's references, all of them, to look at and to remove: one, or the type as a whole.

import { ask } from "./api.js";
import { at, complain, forgive, make, put, say, several, whole } from "./dom.js";
import { framed } from "./grid.js";

const SHOWN = at("references");
const LIST = at("references-list");
const ASKED = at("removing");

let type = "";
let onchange = () => {};
let remove = () => {}; // what is done once it is confirmed

// `changed()` is called when something was removed.
export function startRemoving(changed) {
  onchange = changed;
  at("references-close").onclick = () => SHOWN.close();
  at("remove-type").onclick = confirmType;
  LIST.onkeydown = (event) => {
    if (event.key === "Delete") event.target.click();
  };
  at("removing-cancel").onclick = () => ASKED.close();
  at("removing-go").onclick = () => {
    ASKED.close();
    remove().catch((error) => {
      SHOWN.close(); // the problem is said on the page behind it
      complain(error);
    });
  };
}

// Show all references of a type.
export async function openReferences(name) {
  forgive();
  type = name;
  put("references-status", "");
  if (!(await draw())) return;
  SHOWN.showModal();
}

// Draw what is there now; return how many that are.
async function draw() {
  const [known] = await ask(`/references?type=${encodeURIComponent(type)}`);
  const ids = known?.ids ?? [];
  put("references-title", type);
  LIST.replaceChildren(...ids.map((id, place) => item(id, place, known.thumbnails[place])));
  return ids.length;
}

function item(id, place, source) {
  const button = make("button", { type: "button" }, "Remove…");
  button.ariaLabel = `Remove reference ${whole(place + 1)} of ${type}`;
  button.onclick = () => confirmOne(id, place);
  const frame = make("div", { className: "frame" }, framed(source, 120));
  return make("li", { className: "card" }, frame, button);
}

function confirmOne(id, place) {
  put("removing-title", `Remove reference ${whole(place + 1)} of ${type}?`);
  confirm(async () => {
    await ask(`/references/${id}`, { method: "DELETE" });
    const left = await draw();
    const said = `1 reference of ${type} removed.`;
    if (left) put("references-status", `${said} ${several(left, "reference")} left.`);
    LIST.children[Math.min(place, left - 1)]?.querySelector("button").focus();
    await ended(left === 0, said);
  });
}

function confirmType() {
  const count = several(LIST.children.length, "reference");
  put("removing-title", `Remove ${type}, with ${count}?`);
  confirm(async () => {
    const path = `/references?type=${encodeURIComponent(type)}`;
    const { removed } = await ask(path, { method: "DELETE" });
    await ended(true, `${type} removed, with ${several(removed, "reference")}.`);
  });
}

function confirm(work) {
  remove = work;
  ASKED.showModal();
  at("removing-go").focus();
}

async function ended(isGone, said) {
  await onchange();
  if (!isGone) return;
  SHOWN.close();
  say(`${said} “Undo the last change” brings it back.`);
  at("undo").focus();
}
