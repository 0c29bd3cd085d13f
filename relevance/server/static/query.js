// A search as the address has it: as a request, and in words.

import { ask } from "./api.js";
import { percent, several, whole } from "./dom.js";

export const MOST = 1000;
const uploads = new Map(); // what the address calls pictures that only this page has

// Keep pictures under a name that no other page uses.
export function keepUpload(files) {
  const name = crypto.getRandomValues(new Uint32Array(1))[0].toString(36);
  uploads.set(
    name,
    files.map((file) => ({ file, url: URL.createObjectURL(file) })),
  );
  return name;
}

export const uploadOf = (state) => uploads.get(state.picture) ?? [];

export const isLost = (state) => state.picture !== "" && !uploads.has(state.picture);

export const isOfPictures = (state) => state.like.length > 0 || uploadOf(state).length > 0;

export const isEmpty = (state) => !state.q && !state.and.length && !isOfPictures(state);

export const minimumOf = (state) => Number(state.min) || 0;

// Ask for the best `k`.
export function search(state, k, signal) {
  const asked = {
    text: state.q,
    texts: state.and,
    unlike: state.not,
    like: state.like,
    folder: state.folder,
    label: state.label,
    index: state.index,
    k,
    minimum: minimumOf(state) || null,
  };
  const given = Object.entries(asked).filter(([, value]) => value && value.length !== 0);
  const files = uploadOf(state).map((item) => item.file);
  if (!files.length) return ask("/search", { json: Object.fromEntries(given), signal });
  const form = new FormData();
  for (const [name, value] of given) for (const item of [value].flat()) form.append(name, item);
  for (const file of files) form.append("picture", file);
  return ask("/search", { form, signal });
}

export const wordsOf = (state) => [state.q, ...state.and].filter(Boolean).join(", ");

// What is looked for, in words; what marks are right or wrong about.
export function subject(state) {
  const like = [...state.like, state.picture].filter(Boolean).join(" ");
  return [wordsOf(state), like && `like ${like}`].filter(Boolean).join(" ");
}

// How many there are, as far as the answer shows.
export function countWords(answer, state, k) {
  const n = answer.results.length;
  const isCut = n >= k;
  const minimum = minimumOf(state);
  const listed = whole(n);
  if (minimum) {
    const isShare = answer.has_probability;
    const least = isShare ? `at least ${percent(minimum)}` : `a score of at least ${minimum}`;
    const verb = n === 1 ? "picture has" : "pictures have";
    if (!isCut) return `${listed} ${verb} ${least}.`;
    return `${listed} ${verb} ${least}, or more do: only the best ${listed} are listed.`;
  }
  if (!isCut) return `${listed} ${n === 1 ? "picture" : "pictures"}, the best first.`;
  const all = `the index “${answer.index}” holds ${several(answer.count, "picture")}`;
  return `The best ${listed}${k < MOST ? " so far" : ""}; ${all}.`;
}
