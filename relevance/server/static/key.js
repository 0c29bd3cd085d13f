// The API key: asked for once, however many requests want it, and given for a cookie.

import { at, put } from "./dom.js";

const WITHOUT = "Nothing is shown without the API key; reload to give it.";

let asking = null;

export function signIn() {
  asking ??= new Promise(open).finally(() => (asking = null));
  return asking;
}

function open(resolve, reject) {
  const dialog = at("key");
  let isDone = false;
  at("key-form").onsubmit = async (event) => {
    event.preventDefault();
    const wrong = await refused(at("key-input").value);
    put("key-problem", wrong);
    at("key-problem").hidden = !wrong;
    isDone = !wrong;
    if (isDone) dialog.close();
    else at("key-input").select();
  };
  at("key-cancel").onclick = () => dialog.close();
  dialog.onclose = () => {
    at("key-input").value = "";
    if (isDone) resolve();
    else reject(Object.assign(new Error(WITHOUT), { isProblem: true }));
  };
  dialog.showModal();
}

// Show the server a key; return why it is not taken, or nothing.
async function refused(key) {
  try {
    const answer = await fetch("/api/v1/session", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ key }),
    });
    return answer.ok ? "" : (await answer.json()).detail;
  } catch {
    return "The server cannot be reached; is it still running?";
  }
}
