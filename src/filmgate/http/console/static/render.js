// A task under way: its progress, and its clip once it has ended.

import { ask, showNoAnswer } from "./ask.js";
import { $, form } from "./form.js";
import { shown } from "./panels.js";

const states = { submitted: "Waiting for its turn", processing: "Rendering", succeed: "Done", failed: "It failed" };
let watched; // The task whose progress is shown.

function showRecord(record) {
  const { state, progress } = record.data;
  $("#state").textContent = states[state] ?? state;
  $("#progress").value = progress;
  $("#progress").hidden = state === "succeed" || state === "failed";
  $("#response").textContent = shown(record.response);
  $("#failure").hidden = state !== "failed";
  if (state === "failed") $("#failure").textContent = record.response.error.message;
  if (state === "succeed") {
    $("#clip").src = record.response.video_url;
    $("#clip").hidden = false;
    const link = (href, text) => Object.assign(document.createElement("a"), { href, textContent: text });
    const extend = new URLSearchParams({ action: "extend", video_id: record.response.video_id });
    $("#after").replaceChildren(
      link(record.response.video_url, "Download"),
      link(`/tasks/${record.id}`, "Its page"),
      link(`/try?${extend}`, "Extend"),
    );
    $("#after").hidden = false;
  }
  return state === "succeed" || state === "failed";
}

// Shows a task until it has ended; answers whether it did.
export async function watch(record) {
  watched = record.id;
  form.dataset.task = record.id;
  $("#result").hidden = false;
  for (const id of ["#clip", "#failure", "#after"]) $(id).hidden = true;
  $("#clip").removeAttribute("src");
  while (!showRecord(record)) {
    await new Promise((resolve) => setTimeout(resolve, 700));
    const { ok, isAway, body } = await ask(`/try/tasks/${record.id}`);
    if (watched !== record.id) return false;
    if (!ok && !isAway) {
      showNoAnswer(body.error);
      return false;
    }
    record = ok ? body : record;
  }
  return true;
}

// After a reload the task of before is watched on.
export async function resume(taskId) {
  const { ok, body } = await ask(`/try/tasks/${taskId}`);
  return ok && !watched ? watch(body) : false;
}

export function stopWatching() {
  watched = undefined;
  $("#result").hidden = true;
}
