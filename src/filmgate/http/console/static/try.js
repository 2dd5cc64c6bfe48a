// The try-it page: the server says what it thinks of what is in the form, and renders it.

import { ask, showNoAnswer } from "./ask.js";
import { bodyOfForm, camera } from "./body.js";
import { offerClips, showWhatItCan, takeClip, tellSize } from "./capabilities.js";
import { $, field, form } from "./form.js";
import { showBalance, showCode, showPrice, showRefusal, showRequest, showTroubles } from "./panels.js";
import { resume, stopWatching, watch } from "./render.js";

let drafts = 0;
let waiting;
let isJudged = false; // Whether the server has seen what is in the form.

function showUnreadable(trouble) {
  showTroubles({ rest: trouble });
  showRefusal(undefined);
  showPrice("");
  showRequest(undefined);
  showCode({}, "The code and the request are back once “Other fields, as JSON” can be read.");
}

function showNothingNew(error, isAway) {
  showTroubles({});
  showNoAnswer(error);
  // Whoever has just pressed it keeps the focus; pressed again, it asks again.
  $("#generate").disabled = $("#generate") !== document.activeElement;
  showRefusal(undefined);
  showPrice("");
  showCode({}, `The code is back once the server ${isAway ? "can be reached" : "answers this page"} again.`);
}

async function draft() {
  const { body, trouble } = bodyOfForm();
  if (trouble) return showUnreadable(trouble);
  const number = ++drafts;
  const { ok, isAway, body: said } = await ask("/try/draft", { body });
  if (number !== drafts) return; // A later one is under way.
  if (!ok) return showNothingNew(said.error, isAway);
  isJudged = true;
  showTroubles(said.troubles);
  showRefusal(said.refusal);
  showPrice(said.credits, said.breakdown);
  showBalance(said.balance);
  showCode(said.code, said.unwritable);
  tellSize(said.size);
}

function changed() {
  showWhatItCan();
  form.dispatchEvent(new CustomEvent("camera", { detail: camera() }));
  clearTimeout(waiting);
  drafts += 1; // An answer that is under way is to something else.
  isJudged = false;
  const { body, trouble } = bodyOfForm();
  if (trouble) return showUnreadable(trouble);
  showRequest(body);
  waiting = setTimeout(draft, 250);
}

let isSending = false;
let order; // What was sent and not answered yet, with the key that makes it one task however often it is sent.

const randomKey = () => Array.from(crypto.getRandomValues(new Uint32Array(4)), (part) => part.toString(36)).join("-");

async function send(body) {
  const sent = { key_id: field("key_id").value, body };
  const text = JSON.stringify(sent);
  if (order?.text !== text) order = { text, key: randomKey() };
  const answer = await ask("/try/run", sent, { "idempotency-key": order.key });
  if (!answer.isAway) order = undefined;
  return answer;
}

// What was just changed may be no good: a picture that was refused would be left out.
async function judge() {
  clearTimeout(waiting);
  if (!isJudged) await draft();
  return isJudged && !$("#generate").disabled;
}

async function generate() {
  const { body, trouble } = bodyOfForm();
  if (trouble) return showUnreadable(trouble);
  if (isSending) return;
  // A button that is disabled meanwhile would lose the focus of who pressed it by keyboard.
  isSending = true;
  const answer = (await judge()) ? await send(body) : undefined;
  isSending = false;
  if (!answer) return;
  const { ok, isAway, body: said } = answer;
  if (isAway) return showNoAnswer({ message: "The server did not answer. Generate once more: it makes one video of both." });
  if (!ok && said.troubles) {
    showRefusal(said.refusal);
    return showTroubles(said.troubles);
  }
  if (!ok) return showNoAnswer(said.error);
  form.dataset.task = said.id;
  // The draft that is kept names the task, for a reload to show it.
  form.dispatchEvent(new Event("change", { bubbles: true }));
  const ended = watch(said);
  $("#result").scrollIntoView({ block: "nearest", behavior: "smooth" });
  if (await ended) renew();
}

// The balance and the clips are others now.
function renew() {
  draft();
  offerClips();
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  generate();
});

form.addEventListener("reset", () => {
  stopWatching();
  delete $("#cfg_scale").dataset.isSet;
  // The fields have their first values after this event.
  setTimeout(() => {
    for (const told of form.querySelectorAll("output")) told.textContent = told.htmlFor.value === "cfg_scale" ? "as usual" : "0";
    field("action").value = "text2video";
    field("prompt").value = field("prompt").dataset.example;
    showWhatItCan();
    field("duration").value = field("duration").dataset.usual;
    changed();
  });
});

form.addEventListener("input", (event) => {
  const told = form.querySelector(`output[for="${event.target.id}"]`);
  if (told) told.textContent = event.target.value;
  if (event.target.id === "cfg_scale") event.target.dataset.isSet = "yes";
  if (event.target.name === "source") takeClip(event.target);
  changed();
});

form.addEventListener("change", changed);

if (form.dataset.task) resume(form.dataset.task).then((hasEnded) => hasEnded && renew());
changed();
