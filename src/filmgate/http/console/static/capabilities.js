// What the chosen model can do: what it cannot is closed, with the reason beside it.

import { $, action, field, form, value } from "./form.js";

const models = JSON.parse($("#models").textContent);
const title = (each) => (each.single_mode ? each.model : `${each.model} ${each.mode}`);

export const spec = () => models.find((each) => each.model === field("model").value && each.mode === field("mode").value);

function fill(select, values) {
  const before = select.value;
  select.replaceChildren(...values.map((each) => new Option(each, each)));
  if (values.map(String).includes(before)) select.value = before;
}

function offerModels() {
  for (const option of field("model").options) {
    const rows = models.filter((each) => each.model === option.value);
    // Each model extends clips of its own; some extend those of every model.
    const can = action() === "extend" || rows.some((each) => each[action()]);
    option.disabled = !can;
    option.title = can ? "" : "This model only extends.";
  }
  if (field("model").selectedOptions[0]?.disabled) {
    field("model").value = [...field("model").options].find((option) => !option.disabled).value;
  }
}

function offerModes() {
  fill(field("mode"), models.filter((each) => each.model === field("model").value).map((each) => each.mode));
  fill(field("duration"), spec().durations);
}

// The example is for a video from text alone; what was written stays.
function suitPrompt() {
  const prompt = field("prompt");
  const isOwn = prompt.value !== "" && prompt.value !== prompt.dataset.example;
  if (!isOwn && action() !== "text2video") prompt.value = "";
  else if (prompt.value === "" && prompt.dataset.action !== "text2video" && action() === "text2video") prompt.value = prompt.dataset.example;
  prompt.dataset.action = action();
  prompt.required = action() !== "extend";
  prompt.placeholder = {
    text2video: "What the video shows",
    image2video: "What happens in the picture",
    extend: "What happens next; empty for more of the same",
  }[action()];
}

function suitClip() {
  for (const clip of form.querySelectorAll('[name="source"]')) clip.checked = clip.value === value("video_id");
}

// A clip that has just been made can be extended too.
export async function offerClips() {
  const answer = await fetch("/try").catch(() => undefined);
  if (!answer?.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page.querySelector("#sources");
  // What somebody is choosing from must not be taken away.
  if (!fresh || $("#sources").contains(document.activeElement)) return;
  $("#sources").replaceWith(fresh);
  suitClip();
}

// A clip to extend; a model that extends no other's clips gives way to the clip's own.
export function takeClip(clip) {
  field("video_id").value = clip.value;
  const { model } = clip.dataset;
  if (!spec().extend && [...field("model").options].some((option) => option.value === model)) field("model").value = model;
}

function reasons() {
  const chosen = spec();
  const seconds = Number(field("duration").value);
  const why = { start_image_url: "", end_image_url: "", generate_audio: "", camera_control: "" };
  const at = (durations) => (durations.length ? `only takes it at ${durations.join(" or ")} s` : "does not take one");
  if (!chosen.end_image_durations.includes(seconds)) {
    why.end_image_url = `${title(chosen)} ${at(chosen.end_image_durations)}.`;
  }
  if (chosen.audio === "none") why.generate_audio = `${title(chosen)} makes no sound.`;
  if (action() === "extend") why.generate_audio = "A continuation sounds as its source does.";
  if (!chosen.camera_durations.includes(seconds)) {
    why.camera_control = `${title(chosen)} ${at(chosen.camera_durations).replace(" one", " a camera move")}.`;
  } else if (action() === "extend") {
    why.camera_control = "A continuation goes on with its source's camera.";
  } else if (action() === "image2video" && value("end_image_url")) {
    why.camera_control = "A last picture decides where the camera ends.";
  }
  return why;
}

// The server's answer, and what it was an answer to: a clip from a picture has the picture's shape.
let fromPicture = { to: [], size: undefined };
const asked = () => [value("start_image_url"), field("model").value, field("mode").value, field("aspect_ratio").value];

export function tellSize(size) {
  fromPicture = { to: asked(), size };
  showAbout();
}

function sizeInWords() {
  if (action() === "extend") return "The size of its source";
  const { sizes, short_side: shortSide, fps } = spec();
  const shape = field("aspect_ratio").value;
  const isAnswered = fromPicture.size && asked().every((each, place) => each === fromPicture.to[place]);
  if (action() === "text2video" || shape) return `${sizes[shape]}, ${fps} frames/s`;
  if (isAnswered) return `${fromPicture.size} as the picture, ${fps} frames/s`;
  return `As the picture, ${shortSide} pixels on its short side, ${fps} frames/s`;
}

function showAbout() {
  $("#about").textContent = `${sizeInWords()}; ${spec().credits_per_second} credits for each second.`;
}

export function showWhatItCan() {
  offerModels();
  offerModes();
  suitPrompt();
  suitClip();
  for (const part of form.querySelectorAll("[data-for]")) part.hidden = part.dataset.for !== action();
  const why = reasons();
  for (const [name, reason] of Object.entries(why)) {
    $(`[data-why="${name}"]`).textContent = reason;
    const inputs = name === "camera_control" ? [$("#camera_type")] : form.querySelectorAll(`#${name}, #${name}-file`);
    for (const input of inputs) input.disabled = reason !== "";
  }
  field("aspect_ratio").disabled = action() === "extend";
  $("#axes").hidden = $("#camera_type").value !== "simple" || $("#camera_type").disabled;
  showAbout();
}
