// The state of the page, and who changes it.

const state = { threshold: data.threshold, count: PAGE, chosen: [] };

function refreshGallery() {
  state.chosen = chosenPictures(state.threshold);
  drawGallery(state.chosen, state.count, state.threshold);
}

function setThreshold(threshold) {
  state.threshold = threshold;
  slider.value = positionOf(threshold);
  exact.value = threshold;
  showCounts(threshold);
  refreshGallery();
}

slider.addEventListener("input", () => {
  const threshold = probabilityAt(Number(slider.value));
  state.threshold = threshold;
  exact.value = threshold;
  showCounts(threshold);
  refreshGallery();
});

exact.addEventListener("change", () => {
  const given = Number(exact.value);
  const usable = exact.value !== "" && given >= 0 && given <= 1;
  setThreshold(usable ? given : state.threshold);
});

for (const control of Object.values(controls)) {
  control.addEventListener("input", () => {
    state.count = PAGE;
    refreshGallery();
  });
}

document.getElementById("more").addEventListener("click", () => {
  const first = state.count;
  state.count += PAGE;
  refreshGallery();
  gallery.children[first].firstChild.focus();
});

for (const button of document.querySelectorAll("button[data-threshold]")) {
  button.addEventListener("click", () => setThreshold(Number(button.dataset.threshold)));
}

document.getElementById("copy").addEventListener("click", async () => {
  const command = document.getElementById("command");
  try {
    await navigator.clipboard.writeText(command.textContent);
    put("copied", "Copied.");
  } catch {
    getSelection().selectAllChildren(command);
    put("copied", "Selected; copy it with your keyboard.");
  }
});

data.folders.forEach((name, number) => {
  const option = element("option", "", name);
  option.value = number;
  controls.folder.append(option);
});
for (const part of document.querySelectorAll("[data-live]")) part.hidden = false;
setThreshold(data.threshold);
