// The tab for searching: asks what the address says, and shows what is found.

import { change } from "./address.js";
import { drawAsking, drawFields, indexOf, startAsking } from "./asking.js";
import { drawBeginning, nothingFound } from "./beginning.js";
import { at, complain, forgive, make, put } from "./dom.js";
import { addTiles, clearGrid, drawMark, focusTile, startGrid, tilesShown } from "./grid.js";
import { drawMarking, startMarking, turnMarking } from "./marking.js";
import { mark as keepMark } from "./marks.js";
import { checkTogether, chooser } from "./pictures.js";
import { countWords, isEmpty, keepUpload, minimumOf, MOST, search } from "./query.js";
import { closeViewer, startViewer, view } from "./viewer.js";

const STEP = 60; // tiles that are added at a time, and results that are asked for at first
const AHEAD = "800px"; // below the screen, where tiles are wanted already
const LIST = at("results");

let state = null;
let asked = ""; // what the answer at hand was asked with
let answer = null;
let k = STEP;
let stop = new AbortController();

export function startSearch(indexes) {
  startAsking(indexes);
  startMarking();
  chooser("choose-like", "like-files", searchLike);
  startGrid({ onopen: (place) => view(answer.results, place, answer.unit), onmark: mark });
  startViewer({ onmark: mark, onlike: moreLike, onclose: focusTile });
  at("more").onclick = more;
  const seen = ([entry]) => entry.isIntersecting && more();
  new IntersectionObserver(seen, { rootMargin: AHEAD }).observe(at("more"));
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
}

// Draw what the address asks for.
export function showSearch(newState) {
  state = newState;
  drawAsking(state);
  drawBeginning(state, indexOf(state));
  turnMarking(state, indexOf(state)?.name);
  find();
}

function find() {
  const { tab, run, ...what } = state;
  const wanted = JSON.stringify(what);
  if (wanted === asked) return;
  asked = wanted;
  answer = null;
  stop.abort();
  stop = new AbortController();
  LIST.ariaBusy = "false";
  closeViewer();
  forgive();
  k = minimumOf(state) ? MOST : STEP; // with a minimum all are counted
  if (isEmpty(state) || !indexOf(state)) drawAnswer();
  else
    fetching(async (signal) => {
      answer = await search(state, k, signal);
      drawAnswer();
    });
}

// Fetch something unless something is being fetched; what fails can be asked again.
async function fetching(work) {
  const { signal } = stop;
  LIST.ariaBusy = "true";
  try {
    await work(signal);
  } catch (error) {
    if (signal.aborted) return;
    if (!answer) {
      asked = "";
      drawAnswer();
    }
    complain(error);
  }
  LIST.ariaBusy = "false";
}

function drawAnswer() {
  const hadFocus = LIST.contains(document.activeElement);
  clearGrid();
  at("notes").replaceChildren(...(answer?.notes ?? []).map((note) => make("li", {}, note)));
  put("count", answer ? answerWords() : "");
  drawFields(answer?.results ?? []);
  at("more").hidden = true;
  if (answer) addMoreTiles();
  if (hadFocus) focusTile(0);
}

const answerWords = () =>
  answer.results.length ? countWords(answer, state, k) : nothingFound(state);

function addMoreTiles() {
  addTiles(answer.results.slice(tilesShown(), tilesShown() + STEP));
  const canGrow = answer.results.length >= k && k < MOST;
  at("more").hidden = tilesShown() >= answer.results.length && !canGrow;
}

// Show what is there already, or ask for twice as many.
function more() {
  if (!answer || at("more").hidden || LIST.ariaBusy === "true") return;
  if (tilesShown() < answer.results.length) {
    addMoreTiles();
    again();
    return;
  }
  fetching(async (signal) => {
    const grown = await search(state, Math.min(2 * k, MOST), signal);
    k = Math.min(2 * k, MOST);
    const known = new Set(answer.results.map((result) => result.id));
    answer.results.push(...grown.results.filter((result) => !known.has(result.id)));
    put("count", answerWords());
    addMoreTiles();
  }).then(again);
}

// An observer is silent where its element stays in sight: tall screens want more at once.
function again() {
  const isSeen = at("more").getBoundingClientRect().top < innerHeight;
  if (isSeen && !at("more").hidden) setTimeout(more, 100);
}

function mark(place, label) {
  keepMark(answer.results[place], label);
  if (place < tilesShown()) drawMark(place);
  drawMarking();
}
