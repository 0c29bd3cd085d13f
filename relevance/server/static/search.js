// The tab for searching: what is asked, and what is found.

import { change } from "./address.js";
import { chipField } from "./chips.js";
import { at, complain, forgive, make, percent, put, say, several } from "./dom.js";
import { addTiles, clearGrid, drawMark, focusTile, framed, startGrid, tilesShown } from "./grid.js";
import * as marks from "./marks.js";
import { checkTogether, chooser } from "./pictures.js";
import { countWords, isEmpty, isLost, isOfPictures, keepUpload, minimumOf, MOST, search, subject, uploadOf } from "./query.js";
import { closeViewer, startViewer, view } from "./viewer.js";

const STEP = 60; // tiles that are added at a time, and results that are asked for at first
const PAUSE = 200; // ms without another move of the slider until it is asked

let indexes = [];
let state = null;
let asked = ""; // what the answer at hand was asked with
let answer = null;
let k = STEP;
let stop = new AbortController();
let fields = {};

export function startSearch(facts) {
  indexes = facts.indexes;
  fields = makeFields();
  at("search-form").onsubmit = (event) => {
    event.preventDefault();
    change({ q: at("q").value.trim() });
  };
  at("q").addEventListener("search", () => at("q").value || change({ q: "" })); // its cross
  chooser("choose-like", "like-files", searchLike);
  startSlider();
  startMarks();
  startGrid({ onopen: (place) => view(answer.results, place, answer.unit), onmark: mark });
  startViewer({ onmark: mark, onlike: (result) => moreLike(result), onclose: focusTile });
  at("more").onclick = more;
  new IntersectionObserver(([entry]) => entry.isIntersecting && !at("more").hidden && more(), {
    rootMargin: "800px",
  }).observe(at("more"));
}

// Look for what is like pictures of the user's.
export function searchLike(files) {
  try {
    checkTogether(files);
  } catch (error) {
    complain(error);
    return;
  }
  change({ tab: "search", q: "", and: [], not: [], like: [], min: "", picture: keepUpload(files) });
}

function moreLike(result) {
  change({ q: "", and: [], not: [], min: "", picture: "", like: [result.id] });
  scrollTo(0, 0);
  at("results").focus({ preventScroll: true });
}

// Draw what the address asks for.
export function showSearch(newState) {
  state = newState;
  at("q").value = state.q;
  drawFields();
  drawLikes();
  drawSlider();
  if (marks.turnTo(`${indexOf(state)?.name}: ${subject(state)}`)) put("marks-hint", "");
  drawMarks();
  drawEmpty();
  find();
}

export const titleOf = (newState) => subject(newState);

const indexOf = (of) => indexes.find((item) => item.name === of.index) ?? indexes[0];

function makeFields() {
  const texts = {
    and: ["Also", "on white"],
    not: ["Leave out", "packaging"],
    folder: ["In folders", "any"],
    label: ["With labels", "any"],
  };
  const made = {};
  for (const [name, [label, placeholder]] of Object.entries(texts)) {
    made[name] = chipField({ id: `field-${name}`, label, placeholder, onchange: (values) => change({ [name]: values }) });
  }
  const select = make("select", { id: "field-index", onchange: () => change({ index: select.value, folder: [], label: [], like: [] }) });
  select.append(...indexes.map((item) => make("option", { value: item.name }, `${item.name} (${several(item.count, "picture")})`)));
  const choice = make("div", { className: "field", hidden: indexes.length < 2 }, make("label", { htmlFor: "field-index" }, "Index"), select);
  at("fields").append(...Object.values(made).map((field) => field.element), choice);
  at("refine").open = matchMedia("(min-width: 721px)").matches;
  return made;
}

function drawFields() {
  const index = indexOf(state);
  const labels = new Set(answer?.results.map((result) => result.columns.label).filter(Boolean).map(String));
  fields.and.set(state.and);
  fields.not.set(state.not);
  fields.folder.set(state.folder, index?.folders);
  fields.label.set(state.label, [...labels].sort());
  fields.label.element.hidden = !index?.columns.includes("label") && !state.label.length;
  at("field-index").value = index?.name ?? "";
  const n = ["and", "not", "folder", "label"].reduce((sum, name) => sum + state[name].length, 0);
  put("refined", n ? ` (${n})` : "");
}

function drawLikes() {
  const from = `?index=${encodeURIComponent(indexOf(state)?.name ?? "")}`;
  const chip = (source, what, onclick) =>
    make("li", {}, make("span", { className: "frame" }, framed(source, 64)), make("span", {}, what), make("button", { type: "button", ariaLabel: `Remove: ${what}`, onclick }, "×"));
  at("likes").replaceChildren(
    ...state.like.map((id) =>
      chip(`/api/v1/pictures/${encodeURIComponent(id)}/thumbnail${from}&side=120`, "like this picture", () =>
        change({ like: state.like.filter((other) => other !== id), min: "" }),
      ),
    ),
    ...uploadOf(state).map(({ url, file }) => chip(url, `like ${file.name}`, () => change({ picture: "", min: "" }))),
  );
  at("like-note").hidden = !state.picture;
  put(
    "like-note",
    isLost(state)
      ? "This search had a picture that only its sender's page holds: an address cannot carry it. Drop or choose it here."
      : "The address holds all of this search but the picture itself, which cannot be sent along.",
  );
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

function drawSlider() {
  at("dial").hidden = isEmpty(state) || !indexes.length;
  put("minimum-label", isOfPictures(state) ? "Least score" : "Least probability");
  at("minimum").value = minimumOf(state);
  drawMinimum(minimumOf(state));
}

function drawMinimum(value) {
  const text = value ? (isOfPictures(state) ? value.toFixed(2) : percent(value)) : "any";
  put("minimum-value", text);
  at("minimum").setAttribute("aria-valuetext", text);
}

// What there is to do where nothing is asked, or nothing can be.
function drawEmpty() {
  const empty = at("search-empty");
  empty.hidden = indexes.length > 0 && !isEmpty(state);
  if (!indexes.length) {
    const commands = "relevance index PICTURES -o shop.index\nrelevance serve shop.index";
    empty.replaceChildren(make("p", {}, "This server has no index to search. Make one of a folder of pictures, and serve it:"), make("pre", {}, commands));
    return;
  }
  const index = indexOf(state);
  const names = index.folders.slice(0, 10).map((name) => make("button", { type: "button", onclick: () => change({ q: name }) }, name));
  empty.replaceChildren(
    make("p", {}, `Type what pictures are to show, or drop, paste or choose a picture to find similar ones among the ${several(index.count, "picture")} of ${index.name}.`),
    ...(names.length ? [make("p", { className: "muted" }, "Or begin with the name of a folder:"), make("div", { className: "buttons" }, ...names)] : []),
  );
}

async function find() {
  const { tab, run, ...what } = state;
  const wanted = JSON.stringify(what);
  if (wanted === asked) return;
  asked = wanted;
  answer = null;
  stop.abort();
  closeViewer();
  forgive();
  k = minimumOf(state) ? MOST : STEP; // with a minimum all are counted
  at("more").hidden = true;
  if (isEmpty(state) || !indexes.length) {
    drawAnswer();
    return;
  }
  await fetchAnswer();
}

async function fetchAnswer() {
  stop = new AbortController();
  const { signal } = stop;
  at("results").ariaBusy = "true";
  try {
    answer = await search(state, k, signal);
    drawAnswer();
  } catch (error) {
    if (signal.aborted) return;
    asked = ""; // so that it can be asked again
    drawAnswer();
    complain(error);
  }
  at("results").ariaBusy = "false";
}

function drawAnswer() {
  clearGrid();
  at("notes").replaceChildren(...(answer?.notes ?? []).map((note) => make("li", {}, note)));
  put("count", answer ? answerWords() : "");
  drawFields();
  drawMarks();
  if (answer) addMoreTiles();
}

function answerWords() {
  if (answer.results.length) return countWords(answer, state, k);
  const ways = [
    minimumOf(state) && "move the slider down",
    (state.folder.length || state.label.length) && "take a filter away",
    state.not.length && "leave out less",
  ].filter(Boolean);
  return `No picture is found${ways.length ? `: ${ways.join(", or ")}` : ""}.`;
}

function addMoreTiles() {
  addTiles(answer.results.slice(tilesShown(), tilesShown() + STEP));
  const canGrow = answer.results.length >= k && k < MOST;
  at("more").hidden = tilesShown() >= answer.results.length && !canGrow;
}

// Show what is there already, or ask for twice as many.
async function more() {
  if (!answer || at("results").ariaBusy === "true") return;
  if (tilesShown() < answer.results.length) {
    addMoreTiles();
    return;
  }
  const { signal } = stop;
  at("results").ariaBusy = "true";
  try {
    const grown = await search(state, Math.min(2 * k, MOST), signal);
    k = Math.min(2 * k, MOST);
    const known = new Set(answer.results.map((result) => result.id));
    answer.results.push(...grown.results.filter((result) => !known.has(result.id)));
    put("count", countWords(answer, state, k));
    addMoreTiles();
  } catch (error) {
    if (signal.aborted) return;
    at("more").hidden = tilesShown() === 0;
    complain(error);
  }
  at("results").ariaBusy = "false";
}

function mark(place, label) {
  const result = answer.results[place];
  marks.mark(result, label);
  if (place < tilesShown()) drawMark(place);
  drawMarks();
}

function startMarks() {
  at("save-marks").onclick = saveMarks;
  at("clear-marks").onclick = () => {
    marks.clearMarks();
    for (let place = 0; place < tilesShown(); place++) drawMark(place);
    drawMarks();
    say("The marks of this search are cleared.");
  };
}

function drawMarks() {
  const { right, wrong } = marks.counts();
  at("marking").hidden = right + wrong === 0;
  put("marked", `${right} right, ${wrong} wrong`);
  at("marks-hint").hidden = !at("marks-hint").textContent;
}

function saveMarks() {
  const words = [state.q, ...state.and].filter(Boolean).join(" ");
  const slug = words.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-|-$/g, "").slice(0, 60);
  const name = `labels${slug && `-${slug}`}.csv`;
  const url = URL.createObjectURL(new Blob([marks.table()], { type: "text/csv" }));
  make("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
  const keyword = words ? `'${words.replaceAll("'", "'\\''")}'` : "KEYWORD"; // as a shell takes it, whatever it is
  put("marks-hint", `${name} is a table for: relevance calibrate ${keyword} FOLDER --labels ${name}, or relevance teach in place of calibrate. Its paths are those of the server.`);
  drawMarks();
}
