// The body of a create, from what is in the form.

import { spec } from "./capabilities.js";
import { $, action, field, form, value } from "./form.js";

const isUsable = (name) => !field(name).disabled && !field(name).closest("[hidden]");

export function camera() {
  const type = $("#camera_type");
  if (type.disabled || !type.value) return undefined;
  if (type.value !== "simple") return { type: type.value };
  const axes = [...form.querySelectorAll("[data-axis]")].map((axis) => [axis.dataset.axis, Number(axis.value)]);
  // Within −1…1 the API takes values for fractions, so small ones are written as such.
  const moved = axes.filter(([, amount]) => amount !== 0);
  const isSmall = moved.every(([, amount]) => Math.abs(amount) <= 1);
  return { type: "simple", config: Object.fromEntries(moved.map(([axis, amount]) => [axis, isSmall ? amount / 10 : amount])) };
}

// Answers { body }, or { trouble } where what was written as JSON is none.
export function bodyOfForm() {
  const body = { action: action(), model: field("model").value };
  if (!spec().single_mode) body.mode = field("mode").value;
  for (const name of ["video_id", "prompt", "negative_prompt", "start_image_url", "end_image_url", "aspect_ratio", "callback_url"]) {
    if (value(name) && isUsable(name)) body[name] = value(name);
  }
  body.duration = Number(field("duration").value);
  if (isUsable("generate_audio") && field("generate_audio").checked) body.generate_audio = true;
  if (camera()) body.camera_control = camera();
  if ($("#cfg_scale").dataset.isSet) body.cfg_scale = Number($("#cfg_scale").value);
  const seed = field("seed").value.trim();
  if (seed) body.seed = /^\d+$/.test(seed) ? Number(seed) : seed;
  const { fields, trouble } = others();
  return trouble ? { trouble } : { body: { ...body, ...fields } };
}

function others() {
  const written = $("#rest").value.trim();
  if (!written) return { fields: {} };
  try {
    const fields = JSON.parse(written);
    if (fields?.constructor === Object) return { fields };
    return { trouble: 'This is JSON, but no object; write fields in braces, such as {"seed": 7}.' };
  } catch (error) {
    return { trouble: `This is not JSON yet: ${error.message}.` };
  }
}
