// What pictures show, as the user says: marks, kept in this browser and given out as a table.

const STORE = `relevance marks ${facts.id}`;
const MARKS = {
  yes: { key: "y", text: "Yes", label: "relevant", said: facts.words.marks[0] },
  no: { key: "n", text: "No", label: "irrelevant", said: facts.words.marks[1] },
  unsure: { key: "u", text: "?", label: "", said: "unsure" },
};
const KEYS = Object.fromEntries(Object.entries(MARKS).map(([name, mark]) => [mark.key, name]));
let marks = new Map(); // key of a picture -> yes, no or unsure

const markOf = (picture) => marks.get(picture.key) ?? "";

/** Mark pictures; what all of them are already is taken back. */
function mark(pictures, name) {
  const isBack = name === "" || pictures.every((picture) => markOf(picture) === name);
  for (const picture of pictures) {
    if (isBack) marks.delete(picture.key);
    else marks.set(picture.key, name);
  }
  keepMarks();
}

function clearMarks() {
  marks.clear();
  keepMarks();
}

function keptMarks() {
  try {
    const kept = JSON.parse(localStorage.getItem(STORE)) ?? [];
    return new Map(kept.filter(([, name]) => name in MARKS));
  } catch {
    return new Map(); // storage is off, or holds something else
  }
}

function keepMarks() {
  try {
    if (marks.size) localStorage.setItem(STORE, JSON.stringify([...marks]));
    else localStorage.removeItem(STORE);
  } catch {
    // without storage, marks last as long as the page
  }
}

function countOfMarks() {
  const names = [...marks.values()];
  return Object.keys(MARKS).map((name) => names.filter((given) => given === name).length);
}

/** A cell that no spreadsheet takes for a formula; the commands know the sign in front. */
function cell(value) {
  const text = String(value);
  const plain = /^[=+\-@]/.test(text) && typeof value !== "number" ? `'${text}` : text;
  return /[",\r\n]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
}

const csv = (rows) => rows.map((row) => `${row.map(cell).join(",")}\r\n`).join("");

/** What a picture is known to be without marks, as tables of labels write it. */
function knownLabel(picture) {
  return picture.grade > 1 || picture.grade % 1 ? picture.grade : picture.label;
}

/** A table for --labels: the labels known before and the marks, which go first; all copies. */
function labelTable() {
  const rows = [["path", "label"]];
  for (const picture of facts.pictures) {
    const given = markOf(picture);
    const label = given ? MARKS[given].label : knownLabel(picture);
    if (!given && label === "") continue;
    for (const path of picture.paths) rows.push([path, label]);
  }
  return csv(rows);
}
