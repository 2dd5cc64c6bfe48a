// Asking the server, and the way on where it does not answer a script any more.

import { $, form } from "./form.js";

const token = document.querySelector('meta[name="csrf-token"]').content;

// Answers { ok, status, body }; `isAway` where nobody answered.
export async function ask(path, body, headers = {}) {
  try {
    const answer = await fetch(path, {
      method: body ? "POST" : "GET",
      headers: { "content-type": "application/json", "x-csrf-token": token, ...headers },
      body: body && JSON.stringify(body),
    });
    return { ok: answer.ok, status: answer.status, body: await answer.json() };
  } catch {
    const message = "The server cannot be reached; this page tries again when you change something.";
    return { ok: false, isAway: true, body: { error: { message } } };
  }
}

// Whose session ended in another tab has to log in, and who logged in again there has an outdated page here.
const waysOn = {
  invalid_token: ["Log in and come back", `/log-in?${new URLSearchParams({ next: location.pathname })}`],
  forbidden: ["Reload the page", location.pathname],
};

export function showNoAnswer({ code, message }) {
  const place = $('[data-trouble="form"]');
  place.textContent = message;
  place.hidden = false;
  if (!waysOn[code]) return;
  const [words, href] = waysOn[code];
  place.append(" ", Object.assign(document.createElement("a"), { href, textContent: words }));
  const isFileLost = form.querySelector("[data-is-file]") !== null;
  place.append(`. What you wrote is kept${isFileLost ? "; a picture from a file has to be chosen again" : ""}.`);
}
