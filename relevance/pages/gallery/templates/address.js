// The state of the page behind the # of its address, so that a link or a bookmark brings it back;
// a copy of the page has it in its first element, since a file that is sent has no address.

const MOST_MARKED = 150; // pictures that an address can hold
const PAUSE = 200; // milliseconds; browsers complain of addresses that change at every step
let writing = 0;

function stateText() {
  const words = new URLSearchParams();
  if (state.threshold !== facts.threshold) words.set("t", state.threshold);
  for (const [name, control] of Object.entries(controls)) {
    if (control.value !== facts.defaults[name]) words.set(name, control.value);
  }
  if (marks.size && marks.size <= MOST_MARKED) words.set("marks", marksText());
  return words.toString();
}

/** Marks as numbers of pictures; the page's stamp says which pictures are counted. */
function marksText() {
  const numbers = Object.keys(MARKS).map((name) =>
    facts.pictures.flatMap((picture, number) => (markOf(picture) === name ? [number] : [])),
  );
  return [facts.stamp, ...numbers.map((some) => some.join("."))].join("_");
}

function takeMarks(text) {
  const [stamp, ...parts] = text.split("_");
  if (stamp !== facts.stamp) return;
  Object.keys(MARKS).forEach((name, kind) => {
    for (const number of parts[kind]?.split(".") ?? []) {
      const picture = facts.pictures[number];
      if (number !== "" && picture) marks.set(picture.key, name);
    }
  });
}

/** Take over what an address says; what it does not say is as the page has it. */
function takeState(text) {
  const words = new URLSearchParams(text);
  const threshold = Number(words.get("t") ?? facts.threshold);
  state.threshold = inScale(threshold) ? threshold : facts.threshold;
  for (const [name, control] of Object.entries(controls)) {
    control.value = words.get(name) ?? facts.defaults[name];
    if (control.value === "" && name !== "search") control.value = facts.defaults[name];
  }
  if (words.has("marks")) {
    takeMarks(words.get("marks"));
    keepMarks();
  }
}

/** What an address says of the page's state; nothing where it names a section. */
function addressText() {
  const behind = location.hash.slice(1);
  return behind.includes("=") ? behind : "";
}

function writeAddress() {
  clearTimeout(writing);
  writing = setTimeout(writeAddressNow, PAUSE);
}

function writeAddressNow() {
  const text = stateText();
  if (text === addressText()) return;
  try {
    history.replaceState(null, "", text ? `#${text}` : location.href.split("#")[0]);
  } catch {
    // pages in a frame may have no address of their own
  }
}

/** The page as a file that opens as it is shown now, with every mark. */
function pageAsShown() {
  const kept = stateText().replaceAll("&", "&amp;");
  const html = source.replace(/^<html[^>]*>/, `<html lang="en" data-state="${kept}">`);
  return `<!DOCTYPE html>\n${html}\n`;
}

/** Sections are reached without the address forgetting the state. */
function startNavigation() {
  for (const link of document.querySelectorAll('a[href^="#"]')) {
    link.addEventListener("click", (event) => {
      event.preventDefault();
      const section = at(link.hash.slice(1));
      const folded = section.closest("details");
      if (folded) folded.open = true;
      section.closest("section").scrollIntoView();
      section.setAttribute("tabindex", "-1");
      section.focus({ preventScroll: true });
    });
  }
}
