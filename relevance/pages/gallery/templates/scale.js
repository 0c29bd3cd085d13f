// The threshold: a slider over a histogram. Positions are log odds, since probabilities crowd at 0
// and 1; the ends stand for all that lies beyond them.

const slider = at("slider");
const exact = at("exact");
const STEPS = 1000;
const BINS = 50;
const TICKS = [0.001, 0.01, 0.1, 0.5, 0.9, 0.99, 0.999];
const NEAREST = 0.005; // the scale reaches this far at least
const FARTHEST = 0.0005; // and no farther, or single pictures would make all others crowd

function unpacked(text) {
  const bytes = Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
  return new Float64Array(bytes.buffer);
}

const probabilities = {
  relevant: unpacked(facts.probabilities.relevant),
  irrelevant: unpacked(facts.probabilities.irrelevant),
  unlabelled: unpacked(facts.probabilities.unlabelled),
};

function logOdds(probability) {
  return Math.log(probability / (1 - probability));
}

const reach = (() => {
  const ends = [NEAREST, 1 - NEAREST];
  for (const sorted of Object.values(probabilities)) {
    if (sorted.length) ends.push(sorted[0], sorted[sorted.length - 1]);
  }
  const bounded = ends.map((p) => logOdds(Math.min(Math.max(p, FARTHEST), 1 - FARTHEST)));
  return { low: Math.min(...bounded) - 0.1, high: Math.max(...bounded) + 0.1 };
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

/** How many of a sorted array reach the threshold. */
function reaching(sorted, threshold) {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle] >= threshold) high = middle;
    else low = middle + 1;
  }
  return sorted.length - low;
}

const total = Object.values(probabilities).reduce((sum, sorted) => sum + sorted.length, 0);

function judgedAt(threshold) {
  return Object.values(probabilities).reduce((sum, p) => sum + reaching(p, threshold), 0);
}

function shape(tag, values) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(values)) made.setAttribute(name, value);
  return made;
}

/** Pictures by probability, a bar a step. Heights are square roots: few must show beside many. */
function drawHistogram() {
  const bins = Object.entries(probabilities).map(([kind, sorted]) => {
    const counts = new Array(BINS).fill(0);
    for (const p of sorted) counts[Math.min(BINS - 1, Math.floor((positionOf(p) / STEPS) * BINS))]++;
    return [kind, counts];
  });
  const heights = new Array(BINS).fill(0);
  const sums = heights.map((_, bin) => bins.reduce((sum, [, counts]) => sum + counts[bin], 0));
  const most = Math.sqrt(Math.max(...sums, 1));
  const width = STEPS / BINS;
  for (const [kind, counts] of bins) {
    counts.forEach((count, bin) => {
      if (!count) return;
      const height = (count / sums[bin]) * (Math.sqrt(sums[bin]) / most) * 100;
      heights[bin] += height;
      const place = { x: bin * width + 1, y: 100 - heights[bin], width: width - 2, height };
      at("histogram").append(shape("rect", { class: kind, ...place }));
    });
  }
  at("histogram").append(shape("line", { id: "cut", y1: 0, y2: 100 }));
}

function drawTicks() {
  for (const tick of TICKS) {
    const odds = logOdds(tick);
    if (odds < reach.low || odds > reach.high) continue;
    const mark = element("span", "", percent(tick));
    mark.style.left = `${(100 * (odds - reach.low)) / (reach.high - reach.low)}%`;
    at("ticks").append(mark);
  }
}

/** Write the threshold into everything that shows it. */
function showThreshold(threshold) {
  const position = positionOf(threshold);
  if (probabilityAt(Number(slider.value)) !== threshold) slider.value = position;
  exact.value = threshold;
  at("cut").setAttribute("x1", position);
  at("cut").setAttribute("x2", position);
  const judged = judgedAt(threshold);
  const shows = judged === 1 ? "shows" : "show";
  put("headline", `${judged} of ${counted(total, "picture")} ${shows} ${facts.headline_end}`);
  slider.setAttribute("aria-valuetext", `${threshold}: ${judged} of ${total} judged relevant`);
}
