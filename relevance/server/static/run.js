// One run of a keyword over a folder: how far it is, or what came of it.

import { at, make, several, whole } from "./dom.js";

const FOLDERS = 20; // in the table here; the report has all
const QUARTERS = 4; // how often progress is read out

// Say in words how a run stands.
export function wordsOf(run) {
  const running = run.total ? `${whole(run.done)} of ${several(run.total, "picture")}` : "starting";
  const words = { running, queued: "waits for its turn", lost: "ended with the server" };
  return words[run.status] ?? run.status;
}

// Draw a run; `oncancel` is null where there is nothing left to cancel.
export function drawRun(run, oncancel) {
  const section = at("run");
  if (section.hidden || section.dataset.id !== run.id) build(run);
  section.hidden = false;
  section.querySelector(".state").textContent = run.detail || wordsOf(run);
  readOut(run);
  const bar = section.querySelector("progress");
  bar.hidden = !oncancel;
  if (run.total) {
    bar.max = run.total;
    bar.value = run.done;
  }
  const buttons = section.querySelector(".buttons");
  const cancel = make("button", { type: "button", onclick: oncancel }, "Cancel");
  const links = Object.entries(run.files).map(([name, href]) => link(name, href));
  buttons.replaceChildren(...(oncancel ? [cancel] : links));
  section.querySelector(".figures").replaceChildren(...(run.result ? figures(run.result) : []));
}

function build(run) {
  const section = at("run");
  section.dataset.id = run.id;
  section.dataset.read = "";
  section.replaceChildren(
    make("h2", { id: "run-title" }, `${run.what.keyword} over ${run.what.folder}`),
    make("p", { className: "state" }),
    make("p", { className: "unseen", role: "status" }),
    make("progress", { ariaLabel: "Pictures scored" }),
    make("div", { className: "figures" }),
    make("div", { className: "buttons" }),
  );
}

// Let a screen reader say it when a quarter more is done, not with each picture.
function readOut(run) {
  const section = at("run");
  const quarter = run.total ? Math.floor((QUARTERS * run.done) / run.total) : 0;
  const heard = `${run.status} ${quarter}`;
  if (section.dataset.read === heard) return;
  section.dataset.read = heard;
  const words = `${run.what.keyword}: ${run.detail || wordsOf(run)}`;
  section.querySelector("[role=status]").textContent = words;
}

function link(name, href) {
  const isReport = name.endsWith(".html");
  const made = make("a", { href }, isReport ? "Open the report" : name);
  if (isReport) Object.assign(made, { target: "_blank", rel: "noopener", className: "primary" });
  else made.download = name;
  return made;
}

function figures(result) {
  const skipped = result.rows.filter((row) => row.status === "skipped").length;
  const more = result.folders.length - FOLDERS;
  const notes = [
    `The mean is in ${result.unit}; relevant is a probability of at least ${result.threshold}.`,
    skipped > 0 && `${several(skipped, "picture")} could not be read.`,
    more > 0 && `The report has all ${whole(result.folders.length)} folders.`,
  ];
  return [
    make(
      "div",
      { className: "scroll", tabIndex: 0, role: "region", ariaLabel: "Folders" },
      table(result.folders.slice(0, FOLDERS)),
    ),
    make("p", { className: "muted small" }, notes.filter(Boolean).join(" ")),
  ];
}

function table(folders) {
  const heads = ["Folder", "Pictures", "Relevant", "Mean"];
  const rows = folders.map((folder) => [
    folder.folder,
    whole(folder.n),
    whole(folder.n_relevant),
    folder.mean?.toFixed(3) ?? "–",
  ]);
  const head = (text, column) => make("th", { scope: "col", className: column ? "n" : "" }, text);
  const cell = (text, column) => make("td", { className: column ? "n" : "path" }, text);
  return make(
    "table",
    {},
    make("thead", {}, make("tr", {}, ...heads.map(head))),
    make("tbody", {}, ...rows.map((row) => make("tr", {}, ...row.map(cell)))),
  );
}
