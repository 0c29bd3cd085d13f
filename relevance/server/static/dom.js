// Elements and words. Texts become text nodes alone: names of files are not to be trusted.

export const at = (id) => document.getElementById(id);

export function make(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (name in made) made[name] = value;
    else made.setAttribute(name, value);
  }
  made.append(...children);
  return made;
}

export function put(id, text) {
  at(id).textContent = text;
}

// What has just happened, seen for some seconds and read out.
let fading = 0;
export function say(text) {
  put("status", text);
  clearTimeout(fading);
  fading = setTimeout(() => put("status", ""), 9000);
}

// What went wrong, until something else is done.
export function complain(error) {
  if (error?.name === "AbortError") return;
  put("problem", error?.message ?? String(error));
  at("problem").hidden = false;
  if (!error?.isProblem) console.error(error);
}

export function forgive() {
  at("problem").hidden = true;
}

export const whole = (number) => number.toLocaleString("en");

export const several = (number, word) => `${whole(number)} ${word}${number === 1 ? "" : "s"}`;

export const percent = (share) => `${Math.round(share * 100)} %`;

// The last part of a path or address.
export const fileName = (path) => path.split(/[\\/]/).filter(Boolean).pop() ?? path;
