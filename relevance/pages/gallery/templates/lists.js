// What is shown, given out: as a table, as plain paths, as the command that judges so.

/** A row a picture, in their order; copies have theirs. */
function tableOf(pictures) {
  const { columns, value } = facts.words;
  const rows = pictures.flatMap((picture) => {
    const known = {
      folder: facts.folders[picture.folder],
      [value]: picture.value,
      verdict: sideOf(picture, state.threshold).cell,
      label: knownLabel(picture),
      mark: markOf(picture),
      ...picture.columns,
    };
    return picture.paths.map((path) => columns.map((name) => ({ path, ...known })[name]));
  });
  return csv([columns, ...rows]);
}

/** What marks are saved as: labels, where pictures have such, else the pictures marked. */
function markTable() {
  if (facts.words.columns.includes("label")) return labelTable();
  return tableOf(facts.pictures.filter((picture) => markOf(picture) !== ""));
}

const shownPaths = () => state.chosen.flatMap((picture) => picture.paths).join("\n") + "\n";

function startLists() {
  at("list-csv").addEventListener("click", () => {
    download("shown.csv", "text/csv", tableOf(state.chosen));
  });
  at("list-paths").addEventListener("click", () => copy(shownPaths(), null, "copied"));
  at("list-text").addEventListener("click", () => {
    download("shown.txt", "text/plain", shownPaths());
  });
  at("copy")?.addEventListener("click", () => {
    copy(at("command").textContent, at("command"), "copied");
  });
  at("save-page").addEventListener("click", () => {
    download(facts.file, "text/html", pageAsShown());
  });
  at("save-labels").addEventListener("click", () => {
    download(facts.words.table, "text/csv", markTable());
    if (at("labels-hint")) at("labels-hint").hidden = false;
  });
}

/** How many pictures a list holds, and the command with the threshold at hand. */
function showLists() {
  const files = state.chosen.reduce((sum, picture) => sum + picture.paths.length, 0);
  put("list-size", counted(files, "file"));
  if (facts.command) put("command", facts.command.join(String(state.threshold)));
}
