// One picture, larger, with its numbers. A dialog element keeps the focus and closes on Escape.

const viewer = document.getElementById("viewer");
let viewed = 0;

function openViewer(place) {
  viewed = place;
  drawViewer();
  viewer.showModal();
}

function drawViewer() {
  const picture = state.chosen[viewed];
  const outcome = outcomeOf(picture, state.threshold);
  const frame = document.getElementById("viewer-frame");
  frame.replaceChildren(imageOf(picture, picture.file));
  put("viewer-title", picture.file);
  const link = document.getElementById("viewer-link");
  link.hidden = !picture.link;
  link.href = picture.link;
  const facts = {
    Folder: data.folders[picture.folder],
    Label: picture.label || "no label",
    Verdict: `${outcome} at ${state.threshold}`,
    Probability: share(picture.probability, 4),
    Score: picture.score.toFixed(4),
    [data.similarity]: picture.similarity.toFixed(4),
    Path: picture.path,
    ...(picture.copies ? { Copies: picture.copies } : {}),
  };
  const list = document.getElementById("viewer-facts");
  list.replaceChildren(
    ...Object.entries(facts).flatMap(([name, value]) => [
      element("dt", "", name),
      element("dd", "", value),
    ]),
  );
  put("viewer-place", `${viewed + 1} of ${state.chosen.length}`);
  document.getElementById("previous").disabled = viewed === 0;
  document.getElementById("next").disabled = viewed === state.chosen.length - 1;
}

function step(by) {
  const place = viewed + by;
  if (place < 0 || place >= state.chosen.length) return;
  viewed = place;
  drawViewer();
}

document.getElementById("previous").addEventListener("click", () => step(-1));
document.getElementById("next").addEventListener("click", () => step(1));
document.getElementById("close").addEventListener("click", () => viewer.close());
viewer.addEventListener("keydown", (event) => {
  if (event.key === "ArrowLeft") step(-1);
  if (event.key === "ArrowRight") step(1);
});
viewer.addEventListener("click", (event) => {
  if (event.target === viewer) viewer.close(); // the backdrop
});
