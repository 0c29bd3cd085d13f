// Pictures marked right or wrong, by what was searched for; a labels table on demand.
// They stay in this browser, so that a reload loses none.

const STORE = "relevance marks ";
export const RIGHT = "relevant";
export const WRONG = "irrelevant";

let name = "";
let marks = new Map(); // id -> { label, places }

// Turn to the marks of another search; true where it is another.
export function turnTo(newName) {
  if (newName === name) return false;
  name = newName;
  marks = new Map(kept());
  return true;
}

export const markOf = (id) => marks.get(id)?.label ?? "";

// Mark a result; an empty label takes the mark back.
export function mark(result, label) {
  if (label) marks.set(result.id, { label, places: result.places });
  else marks.delete(result.id);
  keep();
}

export function clearMarks() {
  marks.clear();
  keep();
}

export function counts() {
  const labels = [...marks.values()].map((item) => item.label);
  const right = labels.filter((label) => label === RIGHT).length;
  return { right, wrong: labels.length - right };
}

// All marks as `relevance calibrate` and `relevance teach` take them; copies have a row each.
export function table() {
  const rows = [...marks.values()].flatMap(({ label, places }) =>
    places.map((place) => `${cell(place)},${label}`),
  );
  return ["path,label", ...rows, ""].join("\r\n");
}

// A cell that no spreadsheet takes for a formula; the commands know the sign in front.
function cell(text) {
  const plain = /^[=+\-@]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
}

function kept() {
  try {
    return JSON.parse(localStorage.getItem(STORE + name)) ?? [];
  } catch {
    return []; // storage is off, or holds something else
  }
}

function keep() {
  try {
    if (marks.size) localStorage.setItem(STORE + name, JSON.stringify([...marks]));
    else localStorage.removeItem(STORE + name);
  } catch {
    // without storage, marks last as long as the page
  }
}
