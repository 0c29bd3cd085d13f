// Requests to the REST interface: problems as sentences, a key where it is wanted, one more try.

import { say } from "./dom.js";
import { signIn } from "./key.js";

const BASE = "/api/v1";
const LONGEST_WAIT = 30; // seconds

export class Problem extends Error {
  isProblem = true;

  constructor(detail, status = 0) {
    super(detail);
    this.status = status;
  }
}

// Ask and return the answer's JSON. `json` or `form` is the body; `signal` stops it.
export async function ask(path, { method, json, form, signal } = {}) {
  const options = {
    method: method ?? (json || form ? "POST" : "GET"),
    body: json ? JSON.stringify(json) : form,
    headers: json ? { "Content-Type": "application/json" } : {},
    signal,
  };
  let answer = await send(path, options);
  while (answer.status === 401) {
    await signIn();
    answer = await send(path, options);
  }
  if (answer.status === 429) {
    await wait(answer, signal);
    answer = await send(path, options);
  }
  if (!answer.ok) throw await problemOf(answer);
  return answer.json();
}

async function send(path, options) {
  try {
    return await fetch(BASE + path, options);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Problem("The server cannot be reached; is it still running?");
  }
}

async function wait(answer, signal) {
  const seconds = Math.min(Number(answer.headers.get("Retry-After")) || 2, LONGEST_WAIT);
  say(`The server is busy; trying again in ${seconds} s.`);
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  signal?.throwIfAborted();
}

async function problemOf(answer) {
  const said = await answer.json().catch(() => ({}));
  const status = answer.status;
  return new Problem(said.detail ?? `The server answered with status ${status}.`, status);
}
