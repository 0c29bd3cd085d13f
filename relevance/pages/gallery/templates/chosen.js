// Which pictures are shown, and in which order.

const controls = {
  show: at("show"),
  folder: at("folder"),
  order: at("order"),
  search: at("search"),
};

/** What a picture's verdict is to its label. */
function outcomeOf(picture, threshold) {
  const judged = picture.probability >= threshold;
  if (!picture.label) return judged ? "judged relevant" : "judged irrelevant";
  if (picture.label === "relevant") return judged ? "found" : "missed";
  return judged ? "false alarm" : "rightly refused";
}

const isWrong = (outcome) => outcome === "missed" || outcome === "false alarm";

const ORDERS = {
  highest: (a, b) => b.score - a.score,
  lowest: (a, b) => a.score - b.score,
  nearest: (a, b, threshold) =>
    Math.abs(a.probability - threshold) - Math.abs(b.probability - threshold),
  surest: (a, b, threshold) =>
    Math.abs(b.probability - threshold) - Math.abs(a.probability - threshold),
  alike: (a, b) => (a.group || Infinity) - (b.group || Infinity) || b.score - a.score,
  name: (a, b) => a.path.localeCompare(b.path, undefined, { numeric: true }),
};

const SHOWN = {
  all: () => true,
  wrong: isWrong,
  relevant: (outcome) => ["found", "false alarm", "judged relevant"].includes(outcome),
  irrelevant: (outcome) => ["missed", "rightly refused", "judged irrelevant"].includes(outcome),
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
        (text === "" || picture.path.toLowerCase().includes(text)) &&
        fits(outcomeOf(picture, threshold), picture),
    )
    .sort((a, b) => order(a, b, threshold));
}
