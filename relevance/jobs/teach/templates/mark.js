"use strict";
// Marks live in the address, a letter a picture, so that a reload or a bookmark keeps them.
const data = JSON.parse(document.getElementById("data").textContent);
const cards = [...document.querySelectorAll(".marking .card")];
const names = { y: "relevant", n: "irrelevant" };
let marks = cards.map((_, at) => ("yns".includes(location.hash[at + 1] || "-") ? location.hash[at + 1] : "-"));
let current = Math.max(0, marks.indexOf("-"));

function show() {
  cards.forEach((card, at) => {
    card.classList.toggle("current", at === current);
    for (const button of card.querySelectorAll("button")) {
      button.setAttribute("aria-pressed", String(button.dataset.mark === marks[at]));
    }
  });
  const done = marks.filter((mark) => mark in names).length;
  document.getElementById("count").textContent = `${done} of ${cards.length} labelled`;
  history.replaceState(null, "", "#" + marks.join(""));
}

function mark(at, letter) {
  marks[at] = letter;
  const next = marks.indexOf("-", at);
  current = next < 0 ? at : next;
  show();
  cards[current].scrollIntoView({ block: "nearest" });
}

function move(to) {
  current = Math.min(cards.length - 1, Math.max(0, to));
  show();
  cards[current].scrollIntoView({ block: "nearest" });
}

const quoted = (text) => `"${text.replaceAll('"', '""')}"`;

function table() {
  const marked = data.paths.map((path, at) => [path, names[marks[at]]]).filter(([, label]) => label);
  const rows = [...marked, ...data.known].map(([path, label]) => `${quoted(path)},${label}`);
  return ["path,label", ...rows].join("\n") + "\n";
}

document.getElementById("save").addEventListener("click", () => {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([table()], { type: "text/csv" }));
  link.download = "labels.csv";
  link.click();
  URL.revokeObjectURL(link.href);
});
cards.forEach((card, at) => {
  card.addEventListener("focus", () => move(at));
  for (const button of card.querySelectorAll("button")) {
    button.addEventListener("click", () => mark(at, button.dataset.mark));
  }
});
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if ("yns".includes(event.key)) mark(current, event.key);
  else if (event.key === "ArrowRight") move(current + 1);
  else if (event.key === "ArrowLeft") move(current - 1);
  else return;
  event.preventDefault();
});
show();
