// What follows the threshold beside the gallery: the confusion matrix, its figures, the curves.

const ratio = (part, whole) => (whole ? part / whole : 0);

/** The confusion matrix and what follows from it, as evaluation.py defines it. */
function countAt(threshold) {
  const { relevant, irrelevant } = values;
  const hits = reaching(relevant, threshold);
  const alarms = reaching(irrelevant, threshold);
  const missed = relevant.length - hits;
  return {
    hits,
    alarms,
    missed,
    refused: irrelevant.length - alarms,
    precision: ratio(hits, hits + alarms),
    recall: ratio(hits, relevant.length),
    f1: ratio(2 * hits, 2 * hits + alarms + missed),
    falseRate: ratio(alarms, irrelevant.length),
  };
}

function moveDot(figure, x, y) {
  const dot = document.querySelector(`#${figure} .dot`);
  if (!dot) return;
  const where = (name) => Number(dot.dataset[name]);
  dot.setAttribute("cx", where("x0") + x * where("x"));
  dot.setAttribute("cy", where("y0") + y * where("y"));
}

/** Write the figures of a threshold into the page and move the dots. */
function showCounts(threshold) {
  const counts = countAt(threshold);
  for (const name of ["hits", "alarms", "missed", "refused"]) put(name, counts[name]);
  for (const name of ["precision", "recall", "f1"]) put(name, share(counts[name], 3));
  put("judged", `${judgedAt(threshold)} of ${total}`);
  if (values.relevant.length && values.irrelevant.length) {
    const wrong = `${counts.alarms} falsely judged relevant, ${counts.missed} missed`;
    slider.setAttribute("aria-valuetext", `threshold ${threshold}: ${wrong}`);
  }
  moveDot("roc", counts.falseRate, counts.recall);
  moveDot("precision-recall", counts.recall, counts.precision);
}

whenChanged.push(showCounts);
startGallery();
