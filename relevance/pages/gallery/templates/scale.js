// The threshold: a slider over a histogram, whose ends stand for all that lies beyond them.

const slider = at("slider");
const exact = at("exact");
const STEPS = 1000;
const BINS = 50;

function unpacked(text) {
  const bytes = Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
  return new Float64Array(bytes.buffer);
}

const values = {
  relevant: unpacked(facts.values.relevant),
  irrelevant: unpacked(facts.values.irrelevant),
  unlabelled: unpacked(facts.values.unlabelled),
};

const reach = (() => {
  const ends = [];
  for (const sorted of Object.values(values)) {
    if (sorted.length) ends.push(sorted[0], sorted[sorted.length - 1]);
  }
  return scale.ends(ends);
})();

/** The value at a position; all reach the lowest and none the highest. */
function valueAt(position) {
  if (position <= 0 && scale.least === 0) return scale.least;
  if (position >= STEPS && scale.most === 1) return scale.most;
  return scale.value(reach.low + (position / STEPS) * (reach.high - reach.low));
}

function positionOf(threshold) {
  if (threshold <= scale.least) return 0;
  if (threshold >= scale.most) return STEPS;
  const position = ((scale.place(threshold) - reach.low) / (reach.high - reach.low)) * STEPS;
  return Math.min(STEPS - 1, Math.max(1, Math.round(position)));
}

const inScale = (threshold) => threshold >= scale.least && threshold <= scale.most;

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

const total = facts.total;

/** How many reach the threshold; near that number where values stand for their neighbours. */
function judgedAt(threshold) {
  const counts = Object.values(values).map((sorted) => reaching(sorted, threshold));
  return Math.min(total, facts.each * counts.reduce((sum, count) => sum + count, 0));
}

function shape(tag, values) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(values)) made.setAttribute(name, value);
  return made;
}

/** Pictures by value, a bar a step. Heights are square roots: few must show beside many. */
function drawHistogram() {
  const bins = Object.entries(values).map(([kind, sorted]) => {
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
  for (const tick of scale.ticks(reach)) {
    const place = scale.place(tick);
    if (place < reach.low || place > reach.high) continue;
    const mark = element("span", "", scale.tick(tick));
    mark.style.left = `${(100 * (place - reach.low)) / (reach.high - reach.low)}%`;
    at("ticks").append(mark);
  }
}

/** Write the threshold into everything that shows it. */
function showThreshold(threshold) {
  const position = positionOf(threshold);
  if (valueAt(Number(slider.value)) !== threshold) slider.value = position;
  exact.value = threshold;
  at("cut").setAttribute("x1", position);
  at("cut").setAttribute("x2", position);
  const judged = judgedAt(threshold);
  const { headline, counted: side } = facts.words;
  const shown = side === "above" ? judged : total - judged;
  const about = facts.each > 1 ? "About " : "";
  put("headline", `${about}${shown} ${headline[shown === 1 ? 0 : 1]}`);
  const said = `${threshold}: ${shown} of ${total} ${facts.words[side].name}`;
  slider.setAttribute("aria-valuetext", said);
}
