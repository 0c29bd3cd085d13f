// What is asked lies in the part of the address behind #, which no server and no log sees.

const LISTS = ["and", "not", "like", "folder", "label"];
const TEXTS = ["tab", "index", "q", "min", "picture", "run"];

let listener = () => {};

// Call back with what the address says, now and whenever it says something else.
export function follow(callback) {
  listener = callback;
  addEventListener("popstate", () => listener(read()));
  listener(read());
}

export function read() {
  const said = new URLSearchParams(location.hash.slice(1));
  const state = {};
  for (const name of TEXTS) state[name] = said.get(name) ?? "";
  for (const name of LISTS) state[name] = said.getAll(name).filter(Boolean);
  state.tab ||= "search";
  return state;
}

// Change some of it; with `replace`, going back skips what was there before.
export function change(changes, { replace = false } = {}) {
  const text = written({ ...read(), ...changes });
  if (text !== written(read())) {
    const where = text ? `#${text}` : location.pathname;
    history[replace ? "replaceState" : "pushState"](null, "", where);
  }
  listener(read());
}

function written(state) {
  const said = new URLSearchParams();
  for (const name of TEXTS) {
    if (state[name] && !(name === "tab" && state.tab === "search")) said.set(name, state[name]);
  }
  for (const name of LISTS) for (const item of state[name]) said.append(name, item);
  return said.toString();
}
