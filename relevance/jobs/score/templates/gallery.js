// The pictures: filtered, sorted, and drawn a page at a time.

const PAGE = 48;
const gallery = document.getElementById("gallery");
const controls = {
  folder: document.getElementById("folder"),
  outcome: document.getElementById("outcome"),
  order: document.getElementById("order"),
  search: document.getElementById("search"),
};

const ORDERS = {
  highest: (a, b) => b.score - a.score,
  lowest: (a, b) => a.score - b.score,
  nearest: (a, b, threshold) =>
    Math.abs(a.probability - threshold) - Math.abs(b.probability - threshold),
  surest: (a, b, threshold) =>
    Math.abs(b.probability - threshold) - Math.abs(a.probability - threshold),
  name: (a, b) => a.path.localeCompare(b.path, undefined, { numeric: true }),
};

const OUTCOMES = {
  all: () => true,
  wrong: (outcome) => outcome === "missed" || outcome === "false alarm",
  relevant: (outcome) => ["found", "false alarm", "judged relevant"].includes(outcome),
  irrelevant: (outcome) => ["missed", "rightly refused", "judged irrelevant"].includes(outcome),
};

/** The pictures that the controls ask for, in their order. */
function chosenPictures(threshold) {
  const folder = controls.folder.value;
  const wanted = controls.outcome.value;
  const fits = OUTCOMES[wanted] || ((outcome) => outcome === wanted);
  const text = controls.search.value.trim().toLowerCase();
  const order = ORDERS[controls.order.value];
  return data.pictures
    .filter(
      (picture) =>
        (folder === "" || picture.folders.includes(Number(folder))) &&
        (text === "" || picture.path.toLowerCase().includes(text)) &&
        fits(outcomeOf(picture, threshold)),
    )
    .sort((a, b) => order(a, b, threshold));
}

function element(tag, className, text) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

function imageOf(picture, description) {
  if (!picture.thumbnail) return element("span", "", "not there any more");
  const image = element("img");
  image.src = picture.thumbnail;
  image.alt = description;
  image.decoding = "async";
  return image;
}

const SIGNS = { found: "✓", "rightly refused": "✓", missed: "✗", "false alarm": "✗" };

function badge(outcome) {
  const sign = SIGNS[outcome];
  const kind = sign === "✗" ? " wrong" : "";
  return element("span", `outcome${kind}`, sign ? `${sign} ${outcome}` : outcome);
}

function cardOf(picture, place, threshold) {
  const outcome = outcomeOf(picture, threshold);
  const button = element("button", "open");
  button.type = "button";
  button.addEventListener("click", () => openViewer(place));
  const frame = element("div", "frame");
  frame.append(imageOf(picture, ""));
  const text = element("div", "text");
  text.append(
    element("span", "file", picture.file),
    element("span", "values", `${data.folders[picture.folder]}`),
    element("span", "values", `score ${picture.score.toFixed(3)}`),
    element("span", "values", `probability ${share(picture.probability, 2)}`),
    ...(picture.copies ? [element("span", "values", picture.copies)] : []),
    badge(outcome),
  );
  button.append(frame, text);
  const card = element("li", SIGNS[outcome] === "✗" ? "card miss" : "card");
  card.append(button);
  return card;
}

/** Draw the pictures chosen, from the first, up to a number. */
function drawGallery(chosen, count, threshold) {
  const cards = chosen.slice(0, count).map((picture, place) => cardOf(picture, place, threshold));
  gallery.replaceChildren(...cards);
  const shown = Math.min(count, chosen.length);
  put("count", `${shown} of ${chosen.length} pictures`);
  const more = document.getElementById("more");
  more.hidden = shown === chosen.length;
  more.textContent = `Show ${Math.min(PAGE, chosen.length - shown)} more`;
}
