// Starts the page: what the server offers, then whatever the address asks for.

import { follow } from "./address.js";
import { ask } from "./api.js";
import { at, complain, forgive } from "./dom.js";
import { receive, setLimit, watchDrops } from "./pictures.js";
import { subject } from "./query.js";
import { recognise, showRecognise, startRecognise } from "./recognise.js";
import { showScore, startScore } from "./score.js";
import { searchLike, showSearch, startSearch } from "./search.js";

const TABS = {
  search: { name: "Search", show: showSearch, receive: searchLike },
  score: { name: "Score folders", show: showScore, receive: searchLike },
  recognise: { name: "Recognise", show: showRecognise, receive: recognise },
};
const links = Object.fromEntries(
  [...document.querySelectorAll("[data-tab]")].map((link) => [link.dataset.tab, link]),
);
let open = "";

async function start() {
  const [server, indexes] = await Promise.all([ask("/server"), ask("/indexes")]);
  setLimit(server.max_megabytes);
  startSearch(indexes);
  startScore(server);
  startRecognise();
  watchDrops();
  at("skip").onclick = (event) => {
    event.preventDefault();
    const lists = { search: "results", score: "runs-title", recognise: "recognitions" };
    at(lists[open]).tabIndex = -1;
    at(lists[open]).focus();
  };
  follow(show);
}

function show(state) {
  const tab = TABS[state.tab] ? state.tab : "search";
  if (tab !== open) forgive();
  open = tab;
  at("view-waiting").hidden = true;
  for (const name of Object.keys(TABS)) {
    at(`view-${name}`).hidden = name !== tab;
    if (name === tab) links[name].setAttribute("aria-current", "page");
    else links[name].removeAttribute("aria-current");
  }
  links[tab].href = location.hash || "#"; // to come back to
  const what = tab === "search" ? subject(state) : "";
  document.title = [what, TABS[tab].name, "relevance"].filter(Boolean).join(" – ");
  receive(TABS[tab].receive);
  TABS[tab].show(state);
}

start().catch((error) => {
  at("waiting").hidden = true;
  complain(error);
});
