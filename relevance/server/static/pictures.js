// Pictures from the user's machine: chosen, dropped or pasted, and not too large to send.

import { Problem } from "./api.js";
import { at, complain, forgive } from "./dom.js";

const ROOM = 64 * 1024; // bytes of a request for what is not its pictures
const MOST = 16; // pictures of one request, so that answers appear while the rest is sent

let receiver = () => {};
let limit = Infinity; // bytes

export function setLimit(megabytes) {
  limit = megabytes * 1024 * 1024 - ROOM;
}

// Whom dropped and pasted pictures go to.
export function receive(callback) {
  receiver = callback;
}

export function chooser(button, input, callback) {
  at(button).addEventListener("click", () => at(input).click());
  at(input).addEventListener("change", () => {
    const files = [...at(input).files];
    at(input).value = ""; // so that the same one can be chosen again
    deliver(files, callback);
  });
}

export function watchDrops() {
  const veil = at("dropping");
  const hasFiles = (event) => event.dataTransfer?.types.includes("Files");
  addEventListener("dragover", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    veil.hidden = document.querySelector("dialog[open]") !== null;
  });
  addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) veil.hidden = true;
  });
  addEventListener("drop", (event) => {
    veil.hidden = true;
    if (!hasFiles(event)) return;
    event.preventDefault();
    deliver([...event.dataTransfer.files], receiver);
  });
  addEventListener("paste", (event) => {
    if (event.clipboardData?.files.length) deliver([...event.clipboardData.files], receiver);
  });
}

function deliver(files, callback) {
  forgive();
  if (!files.length) return;
  try {
    check(files);
  } catch (error) {
    complain(error);
    return;
  }
  callback(files);
}

// Refuse what the server would refuse, before it is sent.
function check(files) {
  const large = files.find((file) => file.size > limit);
  if (large) {
    const sizes = `${megabytes(large.size)}; this server takes at most ${megabytes(limit)}`;
    throw new Problem(`${large.name} has ${sizes}. Send a smaller copy.`);
  }
  const other = files.find((file) => file.type && !file.type.startsWith("image/"));
  if (other) throw new Problem(`${other.name} is no picture.`);
}

// Refuse files that go in one request and are too large for it.
export function checkTogether(files) {
  const size = files.reduce((sum, file) => sum + file.size, 0);
  if (size <= limit) return;
  const sizes = `${megabytes(size)} together; this server takes at most ${megabytes(limit)}`;
  throw new Problem(`These pictures have ${sizes} at once. Take fewer.`);
}

// Split files into as many requests as their size wants.
export function inParts(files) {
  const parts = [];
  let size = Infinity;
  for (const file of files) {
    if (size + file.size > limit || parts.at(-1).length >= MOST) {
      parts.push([]);
      size = 0;
    }
    parts.at(-1).push(file);
    size += file.size;
  }
  return parts;
}

function megabytes(bytes) {
  const size = bytes / 1024 / 1024;
  return `${size.toFixed(size < 10 ? 1 : 0)} MB`;
}
