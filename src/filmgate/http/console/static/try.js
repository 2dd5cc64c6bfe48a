// The form of the try-it page: it becomes the body of a create, and the server says what it thinks of it.

const form = document.querySelector("#form");
if (form) {
  const models = JSON.parse(document.querySelector("#models").textContent);
  const token = document.querySelector('meta[name="csrf-token"]').content;
  const $ = (selector) => document.querySelector(selector);
  const field = (name) => form.elements[name];
  const action = () => field("action").value;
  const spec = () => models.find((each) => each.model === field("model").value && each.mode === field("mode").value);
  const title = (each) => (each.single_mode ? each.model : `${each.model} ${each.mode}`);

  async function ask(path, body) {
    try {
      const answer = await fetch(path, {
        method: body ? "POST" : "GET",
        headers: { "content-type": "application/json", "x-csrf-token": token },
        body: body && JSON.stringify(body),
      });
      return { ok: answer.ok, body: await answer.json() };
    } catch {
      const message = "The server cannot be reached; this page tries again when you change something.";
      return { ok: false, isAway: true, body: { error: { message } } };
    }
  }

  // What the chosen model can do.

  function fill(select, values, preferred) {
    const before = preferred ?? select.value;
    select.replaceChildren(...values.map((value) => new Option(value, value)));
    if (values.map(String).includes(String(before))) select.value = before;
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

  // The example is for a video from text alone; what was written stays.
  function suitPrompt() {
    const prompt = field("prompt");
    const isOwn = prompt.value !== "" && prompt.value !== prompt.defaultValue;
    if (!isOwn && action() !== "text2video") prompt.value = "";
    else if (prompt.value === "" && prompt.dataset.action !== "text2video" && action() === "text2video") prompt.value = prompt.defaultValue;
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

  function offerModes() {
    fill(field("mode"), models.filter((each) => each.model === field("model").value).map((each) => each.mode));
    fill(field("duration"), spec().durations, field("duration").value || 5);
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

  function showWhatItCan() {
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
    const size = action() === "extend" ? "the size of its source" : spec().size;
    $("#about").textContent = `${size}; ${spec().credits_per_second} credits for each second.`;
  }

  // The body.

  const value = (name) => field(name).picture ?? field(name).value.trim();
  const isUsable = (name) => !field(name).disabled && !field(name).closest("[hidden]");

  function camera() {
    const type = $("#camera_type");
    if (type.disabled || !type.value) return undefined;
    if (type.value !== "simple") return { type: type.value };
    const axes = [...form.querySelectorAll("[data-axis]")].map((axis) => [axis.dataset.axis, Number(axis.value)]);
    // Within −1…1 the API takes values for fractions, so small ones are written as such.
    const moved = axes.filter(([, amount]) => amount !== 0);
    const isSmall = moved.every(([, amount]) => Math.abs(amount) <= 1);
    return { type: "simple", config: Object.fromEntries(moved.map(([axis, amount]) => [axis, isSmall ? amount / 10 : amount])) };
  }

  function bodyOfForm() {
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
    const rest = $("#rest").value.trim();
    return rest ? { ...body, ...JSON.parse(rest) } : body;
  }

  // What the server thinks of it.

  const shown = (body) =>
    JSON.stringify(body, (_, each) => (typeof each === "string" && each.length > 300 ? `${each.slice(0, 60)}… (${each.length} characters)` : each), 2);

  function showTroubles(troubles) {
    const places = new Map([...form.querySelectorAll("[data-trouble]")].map((place) => [place.dataset.trouble, place]));
    for (const place of places.values()) {
      place.hidden = true;
      place.textContent = "";
    }
    for (const [name, message] of Object.entries(troubles)) {
      // What the form has no field of its own for was written among the others.
      const place = places.get(name.split(/[.[]/)[0]) ?? places.get($("#rest").value.trim() ? "rest" : "form");
      place.textContent += (place.textContent && " ") + message;
      place.hidden = false;
      // What is not filled in yet is no mistake.
      place.classList.toggle("wanted", Boolean(field(place.dataset.trouble)?.type && !value(place.dataset.trouble)));
      place.closest("details")?.setAttribute("open", "");
    }
    $("#generate").disabled = Object.keys(troubles).length > 0;
  }

  function showRefusal(refusal) {
    $("#refused").hidden = !refusal;
    $("#refusal").textContent = refusal ? shown(refusal) : "";
  }

  let code = {};
  let drafts = 0;
  async function draft() {
    const number = ++drafts;
    let body;
    try {
      body = bodyOfForm();
    } catch (error) {
      showRefusal(undefined);
      $("#price").textContent = "";
      return showTroubles({ rest: `This is not JSON: ${error.message}.` });
    }
    const { ok, body: said } = await ask("/try/draft", { body });
    if (number !== drafts) return; // A later one is under way.
    if (!ok) return showTroubles({ form: said.error.message });
    showTroubles(said.troubles);
    showRefusal(said.refusal);
    $("#price").textContent = said.credits ? `${said.credits} credits` : "";
    const balance = $(".balance b");
    if (balance) balance.textContent = said.balance;
    $("#price").title = (said.breakdown ?? []).map((line) => `${line.item}: ${line.credits}`).join("\n");
    $("#request").textContent = shown(body);
    code = said.code;
    showCode();
  }

  function showCode() {
    const tab = $('[role="tab"][aria-selected="true"]');
    $("#code").textContent = code[tab.dataset.language] ?? "";
    $("#run").textContent = tab.dataset.run;
  }

  let waiting;
  function changed() {
    showWhatItCan();
    form.dispatchEvent(new CustomEvent("camera", { detail: camera() }));
    clearTimeout(waiting);
    waiting = setTimeout(draft, 250);
  }

  // A clip to extend; a model that extends no other's clips gives way to the clip's own.

  function takeClip(clip) {
    field("video_id").value = clip.value;
    const { model } = clip.dataset;
    if (!spec().extend && [...field("model").options].some((option) => option.value === model)) field("model").value = model;
  }

  // Running it.

  const states = { submitted: "Waiting for its turn", processing: "Rendering", succeed: "Done", failed: "It failed" };

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
      $("#after").replaceChildren(link(record.response.video_url, "Download"), link(`/tasks/${record.id}`, "Its page"));
      $("#after").hidden = false;
    }
    return state === "succeed" || state === "failed";
  }

  let watched; // The task whose progress is shown.

  async function watch(record) {
    watched = record.id;
    while (!showRecord(record)) {
      await new Promise((resolve) => setTimeout(resolve, 700));
      const { ok, isAway, body } = await ask(`/try/tasks/${record.id}`);
      if (watched !== record.id) return;
      if (!ok && !isAway) return showTroubles({ form: body.error.message });
      record = ok ? body : record;
    }
    draft();
  }

  function showResult() {
    $("#result").hidden = false;
    for (const id of ["#clip", "#failure", "#after"]) $(id).hidden = true;
    $("#clip").removeAttribute("src");
  }

  // After a reload the task of before is watched on.
  async function resume(taskId) {
    const { ok, body } = await ask(`/try/tasks/${taskId}`);
    if (!ok || watched) return;
    showResult();
    await watch(body);
  }

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    $("#generate").disabled = true;
    const { ok, body } = await ask("/try/run", { key_id: field("key_id").value, body: bodyOfForm() });
    $("#generate").disabled = false;
    if (!ok) {
      showRefusal(body.refusal);
      return showTroubles(body.troubles ?? { form: body.error.message });
    }
    form.dataset.task = body.id;
    form.dispatchEvent(new Event("change", { bubbles: true }));
    showResult();
    $("#result").scrollIntoView({ block: "nearest", behavior: "smooth" });
    await watch(body);
  });

  form.addEventListener("reset", () => {
    watched = undefined;
    $("#result").hidden = true;
    delete $("#cfg_scale").dataset.isSet;
    // The fields have their first values after this event.
    setTimeout(() => {
      for (const told of form.querySelectorAll("output")) told.textContent = told.htmlFor.value === "cfg_scale" ? "as usual" : "0";
      field("duration").value = "5";
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

  const tabs = [...document.querySelectorAll('[role="tab"]')];
  function choose(tab) {
    for (const each of tabs) {
      each.setAttribute("aria-selected", each === tab);
      each.tabIndex = each === tab ? 0 : -1;
    }
    $("#code-panel").setAttribute("aria-labelledby", tab.id);
    showCode();
  }
  for (const [place, tab] of tabs.entries()) {
    tab.addEventListener("click", () => choose(tab));
    tab.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!step) return;
      const next = tabs.at((place + step) % tabs.length);
      next.focus();
      choose(next);
    });
  }

  if (form.dataset.task) resume(form.dataset.task);
  changed();
}
