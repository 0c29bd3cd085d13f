// The state of the gallery, and who changes it. A job's own script adds to `whenChanged` what else
// follows the threshold, and calls `startGallery`.

const state = { threshold: facts.threshold, count: PAGE, chosen: [] };
const whenChanged = []; // called with the threshold
let anchor = 0; // where a range of cards begins: the one before that a pointer comes down on

function refreshGallery() {
  state.chosen = chosenPictures(state.threshold);
  drawGallery(state.chosen, state.count, state.threshold);
  showLists();
  writeAddress();
}

function setThreshold(threshold) {
  state.threshold = threshold;
  showThreshold(threshold);
  for (const follow of whenChanged) follow(threshold);
  refreshGallery();
}

/** Show marks and selection where they have changed. */
function refreshMarks() {
  drawStates(state.chosen);
  const [yes, no, unsure] = countOfMarks();
  at("marking").hidden = marks.size === 0;
  const parts = [`${yes} marked as ${facts.words.marked}`, `${no} as not`, `${unsure} unsure`];
  put("marked", parts.join(", "));
  at("selection").hidden = selected.size === 0;
  put("selected", `${selected.size} selected:`);
  writeAddress();
}

/** Mark what is selected, where the picture is among it, else the picture alone. */
function markFrom(place, name) {
  const picture = state.chosen[place];
  mark(selected.has(picture) ? [...selected] : [picture], name);
  refreshMarks();
}

function clearSelection() {
  selected.clear();
  refreshMarks();
}

function clicked(event) {
  const card = event.target.closest(".card");
  if (!card || event.target.closest(".pick")) return;
  const place = placeOf(card);
  const button = event.target.closest("button");
  if (button?.dataset.mark) markFrom(place, button.dataset.mark);
  else if (event.shiftKey) select(() => selectRange(state.chosen, anchor, place), place);
  else if (event.ctrlKey || event.metaKey) select(() => toggleSelected(state.chosen[place]), place);
  else if (button) openViewer(place);
}

function select(change, place) {
  change();
  setTabStop(place);
  refreshMarks();
}

function pressed(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || !event.target.closest(".open")) return;
  if (event.key in KEYS) markFrom(current, KEYS[event.key]);
  if (event.key === "x") select(() => toggleSelected(state.chosen[current]), current);
  if (event.key === "Escape") clearSelection();
  const to = placeByKey(event.key);
  if (to === undefined) return;
  event.preventDefault();
  const from = current;
  focusCard(to);
  if (event.shiftKey) select(() => selectRange(state.chosen, from, current), current);
}

function startGrid() {
  let isRange = false; // whether Shift was held when a box was clicked
  grid.addEventListener("pointerdown", () => {
    anchor = current;
  });
  grid.addEventListener("click", (event) => {
    isRange = event.shiftKey;
    clicked(event);
  });
  grid.addEventListener("change", (event) => {
    const place = placeOf(event.target);
    if (isRange) select(() => selectRange(state.chosen, anchor, place), place);
    else select(() => toggleSelected(state.chosen[place]), place);
  });
  grid.addEventListener("keydown", pressed);
  grid.addEventListener("focusin", (event) => {
    if (event.target.matches(".open")) setTabStop(placeOf(event.target));
  });
  at("more").addEventListener("click", () => {
    const first = state.count;
    state.count += PAGE;
    refreshGallery();
    focusCard(first);
  });
}

function startControls() {
  facts.folder_names.forEach((name, number) => {
    const option = element("option", "", name);
    option.value = number;
    option.title = facts.folders[number];
    controls.folder.append(option);
  });
  slider.addEventListener("input", () => setThreshold(valueAt(Number(slider.value))));
  exact.addEventListener("change", () => {
    const given = Number(exact.value);
    const usable = exact.value !== "" && inScale(given);
    setThreshold(usable ? given : state.threshold);
  });
  for (const control of Object.values(controls)) {
    control.addEventListener("input", () => {
      state.count = PAGE;
      refreshGallery();
    });
  }
  for (const button of document.querySelectorAll("button[data-threshold]")) {
    button.addEventListener("click", () => setThreshold(Number(button.dataset.threshold)));
  }
}

function startMarking() {
  at("clear-marks").addEventListener("click", () => {
    clearMarks();
    refreshMarks();
  });
  const group = at("selection-marks");
  for (const [name, { said }] of Object.entries(MARKS)) {
    const button = element("button", name, said);
    button.type = "button";
    button.addEventListener("click", () => {
      mark([...selected], name);
      refreshMarks();
    });
    group.append(button);
  }
  at("clear-selection").addEventListener("click", clearSelection);
}

function startGallery() {
  for (const part of document.querySelectorAll("[data-live]")) part.hidden = false;
  drawHistogram();
  drawTicks();
  startControls();
  startGrid();
  startMarking();
  startViewer();
  startLists();
  startNavigation();
  marks = keptMarks();
  const show = (text) => {
    takeState(text);
    setThreshold(state.threshold);
    refreshMarks();
  };
  show(addressText() || (document.documentElement.dataset.state ?? ""));
  addEventListener("hashchange", () => addressText() && show(addressText()));
}
