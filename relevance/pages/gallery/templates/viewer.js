// One picture, as large as the page has it, with its numbers and marks. A dialog element keeps the
// focus and closes on Escape.

const viewer = at("viewer");
const SWIPE = 50; // pixels sideways
let viewed = 0; // place among the pictures chosen
let touched = null; // where a finger came down

// Links to files hold where the page was written and nowhere else: not in a mail, not on a server.
const isAtHome = (() => {
  const here = location.href.split("#")[0];
  return location.protocol === "file:" && decodeURIComponent(here) === decodeURIComponent(facts.home);
})();

function openViewer(place) {
  viewed = place;
  drawViewer();
  viewer.showModal();
  viewer.scrollTop = 0;
}

function drawViewer() {
  const picture = state.chosen[viewed];
  at("viewer-frame").replaceChildren(imageOf(picture.large || picture.thumbnail, picture.name));
  put("viewer-title", titleOf(picture));
  const link = at("viewer-link");
  link.hidden = !(picture.link && isAtHome);
  if (picture.link) link.href = picture.link;
  const shown = {
    Verdict: `${outcomeOf(picture, state.threshold)} at ${state.threshold}`,
    [capital(facts.words.value)]: scale.long(picture.value),
    ...(facts.words.columns.includes("label") ? { Label: picture.label || "no label" } : {}),
    ...picture.facts,
    ...(picture.note ? {} : { Folder: facts.folders[picture.folder] }),
    Path: picture.path,
    ...(picture.copies ? { Copies: picture.copies } : {}),
  };
  at("viewer-facts").replaceChildren(
    ...Object.entries(shown).flatMap(([name, value]) => [
      element("dt", "", name),
      element("dd", "", value),
    ]),
  );
  at("previous").disabled = viewed === 0;
  at("next").disabled = viewed === state.chosen.length - 1;
  viewer.scrollTop = 0;
  drawViewerMark();
}

function drawViewerMark() {
  const given = markOf(state.chosen[viewed]);
  for (const button of viewer.querySelectorAll("[data-mark]")) {
    button.setAttribute("aria-pressed", String(button.dataset.mark === given));
  }
  const said = given ? `, ${MARKS[given].said}` : "";
  put("viewer-place", `${viewed + 1} of ${state.chosen.length}${said}`);
}

function step(by) {
  const place = viewed + by;
  if (place < 0 || place >= state.chosen.length) return;
  viewed = place;
  drawViewer();
}

function markViewed(name) {
  mark([state.chosen[viewed]], name);
  drawViewerMark();
}

function startViewer() {
  const group = at("viewer-marks");
  for (const [name, { said, key }] of Object.entries(MARKS)) {
    const button = element("button", name, `${said} (${key})`);
    button.type = "button";
    button.dataset.mark = name;
    button.addEventListener("click", () => markViewed(name));
    group.append(button);
  }
  at("previous").addEventListener("click", () => step(-1));
  at("next").addEventListener("click", () => step(1));
  at("close").addEventListener("click", () => viewer.close());
  viewer.addEventListener("close", () => {
    refreshMarks();
    focusCard(viewed);
  });
  viewer.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "ArrowLeft") step(-1);
    if (event.key === "ArrowRight") step(1);
    if (event.key in KEYS) markViewed(KEYS[event.key]);
  });
  viewer.addEventListener("click", (event) => {
    if (event.target === viewer) viewer.close(); // the backdrop
  });
  viewer.addEventListener("touchstart", (event) => {
    touched = event.touches.length === 1 ? event.touches[0] : null;
  }, { passive: true });
  viewer.addEventListener("touchend", (event) => {
    if (!touched) return;
    const sideways = event.changedTouches[0].clientX - touched.clientX;
    const along = event.changedTouches[0].clientY - touched.clientY;
    if (Math.abs(sideways) > Math.max(SWIPE, 2 * Math.abs(along))) step(sideways < 0 ? 1 : -1);
    touched = null;
  });
}
