// Which pictures are shown, and in which order.

const controls = {
  show: at("show"),
  folder: at("folder"),
  order: at("order"),
  search: at("search"),
};

const isAbove = (picture, threshold) => picture.value >= threshold;

/** The words for the side of the threshold that a picture is on. */
const sideOf = (picture, threshold) => facts.words[isAbove(picture, threshold) ? "above" : "below"];

/** What a picture's verdict is to its label. */
function outcomeOf(picture, threshold) {
  const judged = isAbove(picture, threshold);
  if (!picture.label) return sideOf(picture, threshold).name;
  if (picture.label === "relevant") return judged ? "found" : "missed";
  return judged ? "false alarm" : "rightly refused";
}

const isWrong = (outcome) => outcome === "missed" || outcome === "false alarm";

const ORDERS = {
  highest: (a, b) => b.score - a.score,
  lowest: (a, b) => a.score - b.score,
  nearest: (a, b, threshold) =>
    Math.abs(a.value - threshold) - Math.abs(b.value - threshold),
  surest: (a, b, threshold) =>
    Math.abs(b.value - threshold) - Math.abs(a.value - threshold),
  alike: (a, b) => (a.group || Infinity) - (b.group || Infinity) || b.score - a.score,
  given: () => 0,
  name: (a, b) => a.path.localeCompare(b.path, undefined, { numeric: true }),
};

const SHOWN = {
  all: () => true,
  wrong: isWrong,
  [facts.words.above.cell]: (outcome, picture, threshold) => isAbove(picture, threshold),
  [facts.words.below.cell]: (outcome, picture, threshold) => !isAbove(picture, threshold),
  alike: (outcome, picture) => picture.group > 0,
  blank: (outcome, picture) => picture.flaws.includes("blank"),
  tiny: (outcome, picture) => picture.flaws.includes("tiny"),
  noise: (outcome, picture) => picture.flaws.includes("noise"),
  marked: (outcome, picture) => markOf(picture) !== "",
  unmarked: (outcome, picture) => markOf(picture) === "",
};

/** The pictures that the controls ask for, in their order. */
function chosenPictures(threshold) {
  const folder = controls.folder.value;
  const fits = SHOWN[controls.show.value] ?? ((outcome) => outcome === controls.show.value);
  const text = controls.search.value.trim().toLowerCase();
  const order = ORDERS[controls.order.value];
  return facts.pictures
    .filter(
      (picture) =>
        (folder === "" || picture.folders.includes(Number(folder))) &&
        (text === "" || `${picture.path}\n${picture.caption}`.toLowerCase().includes(text)) &&
        fits(outcomeOf(picture, threshold), picture, threshold),
    )
    .sort((a, b) => order(a, b, threshold));
}
