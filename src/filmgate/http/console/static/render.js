// A task under way: its progress, and its clip once it has ended.

import { ask, showNoAnswer } from "./ask.js";
import { $, form } from "./form.js";
import { shown } from "./panels.js";

const states = { submitted: "Waiting for its turn", processing: "Rendering", succeed: "Done", failed: "It failed" };
let watched; // The task whose progress is shown.

const isOver = (record) => record.data.state === "succeed" || record.data.state === "failed";

function showRecord(record) {
  const { state, progress } = record.data;
  $("#state").textContent = states[state] ?? state;
  $("#progress").value = progress;
  $("#progress").hidden = isOver(record);
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
}

// Shows a task until it has ended; answers whether it did.
export async function watch(record) {
  watched = record.id;
  form.dataset.task = record.id;
  $("#result").hidden = false;
  for (const id of ["#clip", "#failure", "#after"]) $(id).hidden = true;
  $("#clip").removeAttribute("src");
  showRecord(record);
  while (!isOver(record)) {
    await new Promise((resolve) => setTimeout(resolve, 700));
    const { ok, isAway, status, body } = await ask(`/try/tasks/${record.id}`);
    if (watched !== record.id) return false;
    // A server that is away, or busy for a moment, does not end the render.
    if (!ok && !isAway && status < 500) {
      showNoAnswer(body.error);
      return false;
    }
    if (!ok) continue;
    record = body;
    showRecord(record);
  }
  return true;
}

// After a reload the task of before is watched on; answers whether it ended since.
export async function resume(taskId) {
  const { ok, body } = await ask(`/try/tasks/${taskId}`);
  if (!ok || watched) return false;
  const wasOpen = !isOver(body);
  return (await watch(body)) && wasOpen;
}

export function stopWatching() {
  watched = undefined;
  $("#result").hidden = true;
}
