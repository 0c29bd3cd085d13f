// The slider. Its positions are log odds, since probabilities crowd at 0 and 1.

const slider = document.getElementById("slider");
const exact = document.getElementById("exact");
const STEPS = 1000;

function logOdds(probability) {
  return Math.log(probability / (1 - probability));
}

const reach = (() => {
  const ends = [];
  for (const sorted of Object.values(probabilities)) {
    if (sorted.length) ends.push(sorted[0], sorted[sorted.length - 1]);
  }
  const bounded = ends.map((p) => logOdds(Math.min(Math.max(p, 1e-12), 1 - 1e-12)));
  return { low: Math.min(-3, ...bounded) - 0.1, high: Math.max(3, ...bounded) + 0.1 };
})();

/** The probability at a position, in few digits, so that what is shown is what is used. */
function probabilityAt(position) {
  if (position <= 0) return 0;
  if (position >= STEPS) return 1;
  const odds = reach.low + (position / STEPS) * (reach.high - reach.low);
  const near = 1 / (1 + Math.exp(Math.abs(odds))); // distance to the nearer of 0 and 1
  const digits = Math.min(15, 2 - Math.floor(Math.log10(near)));
  const rounded = Number(near.toFixed(digits));
  return odds < 0 ? rounded : Number((1 - rounded).toFixed(digits));
}

function positionOf(threshold) {
  if (threshold <= 0) return 0;
  if (threshold >= 1) return STEPS;
  const position = ((logOdds(threshold) - reach.low) / (reach.high - reach.low)) * STEPS;
  return Math.min(STEPS - 1, Math.max(1, Math.round(position)));
}

function put(id, text) {
  const element = document.getElementById(id);
  if (element) element.textContent = text;
}

/** Write the figures of a threshold into the page and move the dots. */
function showCounts(threshold) {
  const counts = countAt(threshold);
  for (const name of ["hits", "alarms", "missed", "refused"]) put(name, counts[name]);
  for (const name of ["precision", "recall", "f1"]) put(name, share(counts[name], 3));
  put("judged", `${counts.judged} of ${counts.total}`);
  const labelled = probabilities.relevant.length && probabilities.irrelevant.length;
  const summary = labelled
    ? `threshold ${threshold}: ${counts.alarms} falsely judged relevant, ${counts.missed} missed`
    : `threshold ${threshold}: ${counts.judged} judged relevant`;
  slider.setAttribute("aria-valuetext", summary);
  put("command", data.command.join(String(threshold)));
  moveDot("roc", counts.falseRate, counts.recall);
  moveDot("precision-recall", counts.recall, counts.precision);
}

function moveDot(figure, x, y) {
  const dot = document.querySelector(`#${figure} .dot`);
  if (!dot) return;
  const at = (name) => Number(dot.dataset[name]);
  dot.setAttribute("cx", at("x0") + x * at("x"));
  dot.setAttribute("cy", at("y0") + y * at("y"));
}
