// What is shown, given out: as a table, as plain paths, as the command that judges so.

/** A row a picture shown, in the order shown; copies have theirs. */
function shownTable() {
  const rows = [["path", "folder", "probability", "verdict", "label", "mark"]];
  for (const picture of state.chosen) {
    const verdict = picture.probability >= state.threshold ? "relevant" : "irrelevant";
    const folder = facts.folders[picture.folder];
    const marked = markOf(picture);
    for (const path of picture.paths) {
      rows.push([path, folder, picture.probability, verdict, knownLabel(picture), marked]);
    }
  }
  return csv(rows);
}

const shownPaths = () => state.chosen.flatMap((picture) => picture.paths).join("\n") + "\n";

function startLists() {
  at("list-csv").addEventListener("click", () => download("shown.csv", "text/csv", shownTable()));
  at("list-paths").addEventListener("click", () => copy(shownPaths(), null, "copied"));
  at("list-text").addEventListener("click", () => {
    download("shown.txt", "text/plain", shownPaths());
  });
  at("copy").addEventListener("click", () => {
    copy(at("command").textContent, at("command"), "copied");
  });
  at("save-page").addEventListener("click", () => {
    download(facts.file, "text/html", pageAsShown());
  });
  at("save-labels").addEventListener("click", () => {
    download("labels.csv", "text/csv", labelTable());
    at("labels-hint").hidden = false;
  });
}

/** How many pictures a list holds, and the command with the threshold at hand. */
function showLists() {
  const files = state.chosen.reduce((sum, picture) => sum + picture.paths.length, 0);
  put("list-size", counted(files, "file"));
  put("command", facts.command.join(String(state.threshold)));
}
