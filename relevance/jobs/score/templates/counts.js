"use strict";
// What a threshold does to all pictures, also those that are not shown.

const data = JSON.parse(document.getElementById("data").textContent);

function unpacked(text) {
  const bytes = Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
  return new Float64Array(bytes.buffer);
}

/** A number between 0 and 1 as wording.py writes it: what is not quite 0 or 1 never looks so. */
function share(value, digits) {
  const text = value.toFixed(digits);
  const least = 10 ** -digits;
  if (value < 1 && Number(text) >= 1) return `over ${(1 - least).toFixed(digits)}`;
  if (value > 0 && Number(text) === 0) return `under ${least.toFixed(digits)}`;
  return text;
}

const probabilities = {
  relevant: unpacked(data.relevant),
  irrelevant: unpacked(data.irrelevant),
  unlabelled: unpacked(data.unlabelled),
};

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

/** The confusion matrix and what follows from it, as evaluation.py defines it. */
function countAt(threshold) {
  const { relevant, irrelevant, unlabelled } = probabilities;
  const hits = reaching(relevant, threshold);
  const alarms = reaching(irrelevant, threshold);
  const missed = relevant.length - hits;
  const ratio = (part, whole) => (whole ? part / whole : 0);
  return {
    hits,
    alarms,
    missed,
    refused: irrelevant.length - alarms,
    judged: hits + alarms + reaching(unlabelled, threshold),
    total: relevant.length + irrelevant.length + unlabelled.length,
    precision: ratio(hits, hits + alarms),
    recall: ratio(hits, relevant.length),
    f1: ratio(2 * hits, 2 * hits + alarms + missed),
    falseRate: ratio(alarms, irrelevant.length),
  };
}

/** What a picture's verdict is to its label. */
function outcomeOf(picture, threshold) {
  const judged = picture.probability >= threshold;
  if (!picture.label) return judged ? "judged relevant" : "judged irrelevant";
  if (picture.label === "relevant") return judged ? "found" : "missed";
  return judged ? "false alarm" : "rightly refused";
}
