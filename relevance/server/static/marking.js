// The marks of the search at hand: how many, saved as a table, cleared.

import { at, make, put, say } from "./dom.js";
import { drawMark, tilesShown } from "./grid.js";
import * as marks from "./marks.js";
import { subject, wordsOf } from "./query.js";

let state = null;

export function startMarking() {
  at("save-marks").onclick = save;
  at("clear-marks").onclick = () => {
    marks.clearMarks();
    for (let place = 0; place < tilesShown(); place++) drawMark(place);
    drawMarking();
    say("The marks of this search are cleared.");
  };
}

// Turn to the marks of what is searched for now.
export function turnMarking(newState, indexName) {
  state = newState;
  if (marks.turnTo(`${indexName}: ${subject(state)}`)) explain("");
  drawMarking();
}

export function drawMarking() {
  const { right, wrong } = marks.counts();
  at("marking").hidden = right + wrong === 0;
  put("marked", `${right} right, ${wrong} wrong`);
}

function save() {
  const words = wordsOf(state);
  const name = ["labels", slug(words)].filter(Boolean).join("-") + ".csv";
  const url = URL.createObjectURL(new Blob([marks.table()], { type: "text/csv" }));
  make("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
  const keyword = words ? quoted(words) : "KEYWORD";
  explain(
    `${name} is a table for: relevance calibrate ${keyword} FOLDER --labels ${name}, or teach in ` +
      "place of calibrate. Its paths are those of the server.",
  );
}

function explain(text) {
  put("marks-hint", text);
  at("marks-hint").hidden = !text;
}

const slug = (words) =>
  words
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, "-")
    .replace(/^-|-$/g, "")
    .slice(0, 60);

// As one word of a shell, whatever somebody's link says.
const quoted = (words) => `'${words.replaceAll("'", "'\\''")}'`;
