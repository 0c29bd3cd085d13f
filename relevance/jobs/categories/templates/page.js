// Cells of matrices open: their pictures, the highest score for the cell's keyword first.

const viewer = at("cell");
const scores = new Float32Array(
  Uint8Array.from(atob(data.scores), (char) => char.charCodeAt(0)).buffer,
);

const columnOf = new Map(data.drawn.map((keyword, place) => [keyword, place]));
const scoreOf = (number, keyword) => scores[number * data.drawn.length + columnOf.get(keyword)];

/** Pictures of a row with the keyword of the column as their best, and all, as the table has them. */
const countsOf = (cell) => [
  Number(cell.firstChild.textContent),
  Number(cell.closest("tr").querySelector(".extra-column").textContent),
];

/** For each kind of matrix: which pictures a cell is about, and how many there are. */
const KINDS = {
  means: (row, column) => ({
    keyword: row,
    of: data.folder_names[column],
    belongs: (picture) => picture.folder === column,
    counts: [data.called[column][columnOf.get(row)], data.sizes[column]],
    isAll: true, // also what has another keyword as its best: all of it counts in a mean
  }),
  confusion: (row, column, cell) => ({
    keyword: column,
    of: data.keywords[row],
    belongs: (picture) => picture.true === row,
    counts: countsOf(cell),
  }),
  nameless: (row, column, cell) => ({
    keyword: column,
    of: data.folder_names[row],
    belongs: (picture) => picture.folder === row,
    counts: countsOf(cell),
  }),
};

function cardOf({ picture, number }, keyword) {
  const card = element("li", "card");
  const frame = element("div", "frame");
  if (picture.thumbnail) {
    const image = element("img");
    image.src = picture.thumbnail;
    image.alt = picture.name;
    frame.append(image);
  } else {
    frame.textContent = "not there any more";
  }
  const text = element("div", "text");
  const name = element("span", "file", picture.name);
  name.title = picture.path;
  const score = element("span", "values", `score ${scoreOf(number, keyword).toFixed(3)}`);
  text.append(name, score);
  if (picture.best !== keyword) {
    text.append(element("span", "outcome", `called ${data.keywords[picture.best]}`));
  }
  card.append(frame, text);
  return card;
}

function openCell(cell) {
  const matrix = cell.closest(".matrix");
  const column = Number(matrix.dataset.columns.split(",")[cell.cellIndex - 1]);
  const row = Number(cell.closest("tr").dataset.row);
  const kind = KINDS[matrix.dataset.opens](row, column, cell);
  const { keyword, counts } = kind;
  const isCalled = ({ picture }) => picture.best === keyword;
  const shown = data.pictures
    .map((picture, number) => ({ picture, number }))
    .filter((member) => kind.belongs(member.picture) && (kind.isAll || isCalled(member)))
    .sort(
      (a, b) =>
        isCalled(b) - isCalled(a) || scoreOf(b.number, keyword) - scoreOf(a.number, keyword),
    );
  const [called, all] = counts;
  put("cell-title", `${kind.of}: ${called} of ${all} called “${data.keywords[keyword]}”`);
  at("cell-pictures").replaceChildren(...shown.map((member) => cardOf(member, keyword)));
  const expected = kind.isAll ? all : called;
  const note = shown.length ? `${shown.length} of ${expected} are in this page.` : "No picture.";
  put("cell-note", shown.length === expected && expected ? "" : note);
  viewer.showModal();
  viewer.scrollTop = 0;
}

/** The cell that an arrow key leads to; nothing for other keys and at the sides. */
function cellByKey(cell, key) {
  const row = cell.closest("tr");
  const beside = { ArrowLeft: cell.previousElementSibling, ArrowRight: cell.nextElementSibling };
  const rows = { ArrowUp: row.previousElementSibling, ArrowDown: row.nextElementSibling };
  const found = key in rows ? rows[key]?.cells[cell.cellIndex] : beside[key];
  return found?.matches(".cell") ? found : null;
}

function startMatrix(matrix) {
  matrix.removeAttribute("tabindex"); // its cells are reached, and scroll into view
  matrix.querySelector("table").setAttribute("role", "grid");
  const cells = matrix.querySelectorAll(".cell");
  for (const cell of cells) cell.tabIndex = -1;
  if (cells.length) cells[0].tabIndex = 0;
  matrix.addEventListener("click", (event) => {
    const cell = event.target.closest(".cell");
    if (cell) openCell(cell);
  });
  matrix.addEventListener("focusin", (event) => {
    for (const cell of matrix.querySelectorAll(".cell[tabindex='0']")) cell.tabIndex = -1;
    event.target.tabIndex = 0;
  });
  matrix.addEventListener("keydown", (event) => {
    if (!event.target.matches(".cell")) return;
    if (event.key === "Enter" || event.key === " ") openCell(event.target);
    const to = cellByKey(event.target, event.key);
    if (to) to.focus();
    if (to || event.key === "Enter" || event.key === " ") event.preventDefault();
  });
}

for (const matrix of document.querySelectorAll("[data-opens]")) startMatrix(matrix);
for (const hint of document.querySelectorAll("[data-live]")) hint.hidden = false;
at("cell-close").addEventListener("click", () => viewer.close());
viewer.addEventListener("click", (event) => {
  if (event.target === viewer) viewer.close(); // the backdrop
});
