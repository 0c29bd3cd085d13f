// What is asked, as fields: words, refinements, filters, pictures to be like, the slider.

import { change } from "./address.js";
import { chipField } from "./chips.js";
import { at, make, percent, put, several } from "./dom.js";
import { framed } from "./grid.js";
import { isEmpty, isLost, isOfPictures, minimumOf, uploadOf } from "./query.js";

const PAUSE = 200; // ms without another move of the slider until it is asked
const TEXTS = {
  and: ["Also", "on white"],
  not: ["Leave out", "packaging"],
  folder: ["In folders", "any"],
  label: ["With labels", "any"],
};
const HERE_ALONE =
  "The address holds all of this search but the picture itself, which cannot be sent along.";
const LOST =
  "This search had a picture that only its sender's page holds: an address cannot carry it. " +
  "Drop or choose it here.";

let indexes = [];
let state = null;
let fields = {};

export function startAsking(served) {
  indexes = served;
  startFields();
  startSlider();
  at("search-form").onsubmit = (event) => {
    event.preventDefault();
    change({ q: at("q").value.trim() });
  };
  at("q").addEventListener("search", () => at("q").value || change({ q: "" })); // its cross
}

export const indexOf = (of) => indexes.find((item) => item.name === of.index) ?? indexes[0];

export function drawAsking(newState) {
  state = newState;
  at("q").value = state.q;
  drawFields([]);
  drawLikes();
  at("dial").hidden = isEmpty(state) || !indexes.length;
  put("minimum-label", isOfPictures(state) ? "Least score" : "Least probability");
  at("minimum").value = minimumOf(state);
  drawMinimum(minimumOf(state));
}

// Draw refinements and filters; labels are suggested from those of the results.
export function drawFields(results) {
  const index = indexOf(state);
  const labels = new Set(results.map((result) => result.columns.label ?? "").map(String));
  labels.delete("");
  fields.and.set(state.and);
  fields.not.set(state.not);
  fields.folder.set(state.folder, index?.folders);
  fields.label.set(state.label, [...labels].sort());
  fields.label.element.hidden = !index?.columns.includes("label") && !state.label.length;
  at("field-index").value = index?.name ?? "";
  const n = Object.keys(TEXTS).reduce((sum, name) => sum + state[name].length, 0);
  put("refined", n ? ` (${n})` : "");
}

function startFields() {
  for (const [name, [label, placeholder]] of Object.entries(TEXTS)) {
    const onchange = (values) => change({ [name]: values });
    fields[name] = chipField({ id: `field-${name}`, label, placeholder, onchange });
  }
  const elements = Object.values(fields).map((field) => field.element);
  at("fields").append(...elements, indexField());
  at("refine").open = matchMedia("(min-width: 721px)").matches;
}

function indexField() {
  const onchange = () => change({ index: select.value, folder: [], label: [], like: [] });
  const select = make("select", { id: "field-index", onchange });
  const named = (item) => `${item.name} (${several(item.count, "picture")})`;
  select.append(...indexes.map((item) => make("option", { value: item.name }, named(item))));
  const label = make("label", { htmlFor: select.id }, "Index");
  return make("div", { className: "field", hidden: indexes.length < 2 }, label, select);
}

function drawLikes() {
  const end = `thumbnail?side=120&index=${encodeURIComponent(indexOf(state)?.name ?? "")}`;
  const known = state.like.map((id) =>
    like(`/api/v1/pictures/${encodeURIComponent(id)}/${end}`, "like this picture", {
      like: state.like.filter((other) => other !== id),
    }),
  );
  const sent = uploadOf(state).map(({ url, file }) =>
    like(url, `like ${file.name}`, { picture: "" }),
  );
  at("likes").replaceChildren(...known, ...sent);
  at("like-note").hidden = !state.picture;
  put("like-note", isLost(state) ? LOST : HERE_ALONE);
}

function like(source, what, without) {
  const onclick = () => change({ ...without, min: "" });
  const remove = make("button", { type: "button", ariaLabel: `Remove: ${what}`, onclick }, "×");
  const frame = make("span", { className: "frame" }, framed(source, 64));
  return make("li", {}, frame, make("span", {}, what), remove);
}

function startSlider() {
  let moving = 0;
  at("minimum").addEventListener("input", () => {
    drawMinimum(Number(at("minimum").value));
    clearTimeout(moving);
    moving = setTimeout(() => {
      const value = Number(at("minimum").value);
      change({ min: value ? String(value) : "" }, { replace: true });
    }, PAUSE);
  });
}

function drawMinimum(value) {
  const said = isOfPictures(state) ? value.toFixed(2) : percent(value);
  put("minimum-value", value ? said : "any");
  at("minimum").setAttribute("aria-valuetext", value ? said : "any");
}
