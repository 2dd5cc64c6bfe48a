// Keeps what is in the form of the try-it page over a reload, in this tab alone. It runs before the script of
// the form: what a link sets comes on top of what was kept.

import { form } from "./form.js";

const place = `filmgate draft of ${form.dataset.owner}`;
const longest = 5000;

// Files would fill the store, and what a URL carries beside its path may open something.
function isKept(field) {
  if (field.dataset.isFile || field.value.length > longest || /^data:/i.test(field.value)) return false;
  if (!/_url$/.test(field.id) || !URL.canParse(field.value)) return true;
  const url = new URL(field.value);
  return !(url.username || url.password || url.search);
}

function keep() {
  const draft = { task: form.dataset.task };
  for (const field of form.querySelectorAll("select, textarea, input[id]:not([type=file], [type=radio])")) {
    if (field.type === "checkbox") draft[field.id] = field.checked;
    else if (field.id === "cfg_scale" ? field.dataset.isSet : isKept(field)) draft[field.id] = field.value;
  }
  draft.action = form.elements.action.value;
  sessionStorage.setItem(place, JSON.stringify(draft));
}

function restore(draft) {
  for (const [id, value] of Object.entries(draft)) {
    if (id === "task") form.dataset.task = value;
    else if (id === "action") form.elements.action.value = value;
    else set(document.getElementById(id), value);
  }
}

function set(field, value) {
  if (!field) return;
  if (field.type === "checkbox") field.checked = value;
  // These are filled once the model is known.
  else if (["mode", "duration"].includes(field.id)) field.replaceChildren(new Option(value, value));
  else if (field.tagName !== "SELECT" || [...field.options].some((each) => each.value === value)) field.value = value;
  if (field.id === "cfg_scale") field.dataset.isSet = "yes";
  const told = form.querySelector(`output[for="${field.id}"]`);
  if (told) told.textContent = field.value;
}

// A link may set fields: /try?action=extend&video_id=… and its like. One that says what to make begins anew.
const asked = new URLSearchParams(location.search);
const kept = JSON.parse(sessionStorage.getItem(place) ?? "{}");
restore(asked.has("action") ? { key_id: kept.key_id } : kept);
for (const name of ["action", "model", "video_id", "prompt", "start_image_url", "callback_url"]) {
  if (asked.has(name)) form.elements[name].value = asked.get(name);
}
if (asked.size) {
  keep();
  history.replaceState(null, "", location.pathname);
}

// Heard after the form's own script, which changes other fields after one that was changed.
document.addEventListener("input", keep);
document.addEventListener("change", keep);
form.addEventListener("reset", () => {
  delete form.dataset.task;
  sessionStorage.removeItem(place);
});
