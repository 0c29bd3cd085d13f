// The grid: a card a picture, one of which the arrow keys reach and move from.

const PAGE = 48;
const grid = at("gallery");
let current = 0; // place of the card that has the focus, or had it last
const selected = new Set(); // pictures

function imageOf(address, description) {
  if (!address) return element("span", "", "not there any more");
  const image = element("img");
  image.src = address;
  image.alt = description;
  image.decoding = "async";
  return image;
}

/** Verdict and value: a sign, which is read out as words, a number and a bar. */
function verdictOf(picture, threshold) {
  const { sign, said } = sideOf(picture, threshold);
  const chip = element("span", isAbove(picture, threshold) ? "chip yes" : "chip no");
  const shown = element("span", "sign", sign);
  shown.setAttribute("aria-hidden", "true");
  chip.append(shown, ` ${scale.short(picture.value)}`, element("span", "unseen", `, ${said}`));
  const bar = element("span", "bar");
  const filled = element("span");
  filled.style.width = `${100 * scale.share(picture.value)}%`;
  bar.append(filled);
  return [chip, bar];
}

const titleOf = (picture) => picture.caption || picture.name;

function openOf(picture, threshold) {
  const button = element("button", "open");
  button.type = "button";
  button.tabIndex = -1;
  button.setAttribute("aria-keyshortcuts", "y n u x");
  const frame = element("span", "frame");
  frame.append(imageOf(picture.thumbnail, ""));
  const text = element("span", "text");
  const folder = element("span", "values", picture.note || facts.folder_names[picture.folder]);
  folder.title = picture.note ? picture.path : facts.folders[picture.folder];
  const copies = picture.copies ? `× ${picture.paths.length}` : "";
  text.append(element("span", "file", titleOf(picture)), ...verdictOf(picture, threshold));
  const outcome = outcomeOf(picture, threshold);
  if (isWrong(outcome)) text.append(element("span", "outcome wrong", `≠ label: ${outcome}`));
  if (copies) folder.append(` ${copies}`);
  if (picture.flaws.length) folder.append(` · ${picture.flaws.join(", ")}`);
  text.append(folder, element("span", "given"));
  button.append(frame, text);
  return button;
}

function pickOf(picture) {
  const label = element("label", "pick screen");
  const box = element("input");
  box.type = "checkbox";
  box.tabIndex = -1;
  label.append(box, element("span", "unseen", `Select ${titleOf(picture)}`));
  return label;
}

/** The three marks of a picture, as buttons. */
function markButtons(name) {
  const group = element("span", "marks screen");
  for (const [mark, { text, said, key }] of Object.entries(MARKS)) {
    const button = element("button", mark, text);
    button.type = "button";
    button.tabIndex = -1;
    button.dataset.mark = mark;
    button.title = `${said} (${key})`;
    button.setAttribute("aria-label", `${text} ${said}: ${name}`);
    group.append(button);
  }
  return group;
}

function cardOf(picture, place, threshold) {
  const card = element("li", isWrong(outcomeOf(picture, threshold)) ? "card miss" : "card");
  card.dataset.place = place;
  card.append(openOf(picture, threshold), pickOf(picture), markButtons(titleOf(picture)));
  return card;
}

/** Draw a card's mark and selection anew. */
function drawState(card, picture) {
  const given = markOf(picture);
  card.dataset.mark = given;
  card.querySelector(".given").textContent = given ? `You: ${MARKS[given].said}` : "";
  for (const button of card.querySelectorAll("[data-mark]")) {
    button.setAttribute("aria-pressed", String(button.dataset.mark === given));
  }
  card.querySelector(".pick input").checked = selected.has(picture);
}

function drawStates(chosen) {
  [...grid.children].forEach((card, place) => drawState(card, chosen[place]));
}

/** Draw the pictures chosen, from the first, up to a number. */
function drawGallery(chosen, count, threshold) {
  const cards = chosen.slice(0, count).map((picture, place) => cardOf(picture, place, threshold));
  grid.replaceChildren(...cards);
  drawStates(chosen);
  current = Math.min(current, Math.max(cards.length - 1, 0));
  setTabStop(current);
  const shown = cards.length;
  put("count", `${shown} of ${counted(chosen.length, facts.words.noun)}`);
  const more = at("more");
  more.hidden = shown === chosen.length;
  more.textContent = `Show ${Math.min(PAGE, chosen.length - shown)} more`;
}

const openAt = (place) => grid.children[place]?.querySelector(".open");
const placeOf = (target) => Number(target.closest(".card").dataset.place);

function setTabStop(place) {
  if (openAt(current)) openAt(current).tabIndex = -1;
  current = place;
  if (openAt(current)) openAt(current).tabIndex = 0;
}

function focusCard(place) {
  const to = Math.max(0, Math.min(place, grid.children.length - 1));
  openAt(to)?.focus();
}

/** Where a key leads from the card that has the focus. */
function placeByKey(key) {
  const last = grid.children.length - 1;
  const top = grid.children[0]?.offsetTop;
  const below = [...grid.children].findIndex((card) => card.offsetTop > top);
  const columns = below < 0 ? grid.children.length : below;
  return {
    ArrowLeft: current - 1,
    ArrowRight: current + 1,
    ArrowUp: current < columns ? current : current - columns,
    ArrowDown: Math.min(last, current + columns),
    Home: 0,
    End: last,
  }[key];
}

/** Select the cards from one place to another. */
function selectRange(chosen, from, to) {
  for (let place = Math.min(from, to); place <= Math.max(from, to); place++) {
    selected.add(chosen[place]);
  }
}

function toggleSelected(picture) {
  if (!selected.delete(picture)) selected.add(picture);
}
