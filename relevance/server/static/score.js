// The tab for a keyword over a folder of the server: long work, followed until its report is there.

import { change } from "./address.js";
import { ask } from "./api.js";
import { at, complain, forgive, make, say } from "./dom.js";
import { drawRun, wordsOf } from "./run.js";

const WHEN = { dateStyle: "medium", timeStyle: "short" };
const ENDED = new Set(["done", "failed", "cancelled", "lost"]);

let known = []; // folders below which others are
let followed = ""; // id of the run that is shown
let source = null;

export function startScore(server) {
  const hasRoots = server.roots.length > 0;
  at("score-form").hidden = !hasRoots;
  at("score-empty").hidden = hasRoots;
  at("score-empty").append(
    make("p", {}, "This server may read no folders. Whoever runs it says which ones it may:"),
    make("pre", {}, "relevance serve shop.index --root PICTURES"),
  );
  at("score-folder").value = server.roots[0] ?? "";
  known = server.roots;
  suggest(known);
  at("score-form").onsubmit = (event) => {
    event.preventDefault();
    giveIn().catch(complain);
  };
}

export function showScore(state) {
  list().catch(complain);
  if (state.run === followed) return;
  followed = state.run;
  source?.close();
  at("run").hidden = true;
  if (followed) begin(followed).catch(complain);
}

async function giveIn() {
  forgive();
  const keyword = at("score-keyword").value.trim();
  const folder = at("score-folder").value.trim();
  const run = await ask("/score", { json: { keyword, folder } });
  say(`Given in: ${keyword} over ${folder}.`);
  change({ run: run.id });
  at("run").scrollIntoView({ block: "nearest" });
}

async function begin(id) {
  const run = await ask(`/jobs/${encodeURIComponent(id)}`);
  if (id !== followed) return;
  draw(run);
  if (!ENDED.has(run.status)) listen(id);
}

// Follow a run; where the stream breaks off, ask again, which also asks for a key that is wanted.
function listen(id) {
  source = new EventSource(`/api/v1/jobs/${id}/events`);
  source.addEventListener("state", (event) => {
    const run = JSON.parse(event.data);
    draw(run);
    if (!ENDED.has(run.status)) return;
    source.close();
    list().catch(complain);
  });
  source.onerror = () => {
    source.close();
    setTimeout(() => id === followed && begin(id).catch(complain), 2000);
  };
}

function draw(run) {
  drawRun(run, ENDED.has(run.status) ? null : () => cancel(run.id).catch(complain));
}

async function cancel(id) {
  await ask(`/jobs/${id}`, { method: "DELETE" });
  say("Asked to stop; it does at its next step.");
}

async function list() {
  const runs = (await ask("/jobs")).filter((run) => run.kind === "score");
  at("runs").hidden = runs.length === 0;
  at("runs-empty").hidden = runs.length > 0;
  at("runs").tBodies[0].replaceChildren(...runs.map(row));
  suggest([...known, ...runs.map((run) => run.what.folder)]);
}

function row(run) {
  const report = Object.entries(run.files).find(([name]) => name.endsWith(".html"));
  const open = make("a", { href: `#tab=score&run=${run.id}` }, run.what.keyword);
  const folder = make("span", { className: "muted small" }, ` ${run.what.folder}`);
  const what = make("span", {}, open, folder);
  const when = new Date(run.made).toLocaleString("en-GB", WHEN);
  const cells = [what, when, wordsOf(run)];
  return make(
    "tr",
    {},
    ...cells.map((cell) => make("td", {}, cell)),
    make("td", {}, report ? opener(report[1], run.what.keyword) : "–"),
  );
}

const opener = (href, keyword) =>
  make("a", { href, target: "_blank", rel: "noopener", ariaLabel: `Open report on ${keyword}` }, "Open");

function suggest(folders) {
  const options = [...new Set(folders)].map((value) => make("option", { value }));
  at("score-folders").replaceChildren(...options);
}
