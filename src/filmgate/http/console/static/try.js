// The form of the try-it page: it becomes the body of a create, and the server says what it thinks of it.

const form = document.querySelector("#form");
if (form) {
  const models = JSON.parse(document.querySelector("#models").textContent);
  const token = document.querySelector('meta[name="csrf-token"]').content;
  const pictures = {}; // A dropped file by its field, as a data URL: too long for a text input.
  const $ = (selector) => document.querySelector(selector);
  const field = (name) => form.elements[name];
  const action = () => field("action").value;
  const spec = () => models.find((each) => each.model === field("model").value && each.mode === field("mode").value);
  const title = (each) => (each.single_mode ? each.model : `${each.model} ${each.mode}`);

  async function ask(path, body) {
    const answer = await fetch(path, {
      method: body ? "POST" : "GET",
      headers: { "content-type": "application/json", "x-csrf-token": token },
      body: body && JSON.stringify(body),
    });
    return { ok: answer.ok, body: await answer.json() };
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

  const value = (name) => pictures[name] ?? field(name).value.trim();
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
      const place = places.get(name.split(/[.[]/)[0]) ?? places.get("form");
      place.textContent += (place.textContent && " ") + message;
      place.hidden = false;
      place.closest("details")?.setAttribute("open", "");
    }
    $("#generate").disabled = Object.keys(troubles).length > 0;
  }

  let code = {};
  let drafts = 0;
  async function draft() {
    const number = ++drafts;
    let body;
    try {
      body = bodyOfForm();
    } catch (error) {
      return showTroubles({ rest: `This is not JSON: ${error.message}.` });
    }
    const { ok, body: said } = await ask("/try/draft", { body });
    if (number !== drafts) return; // A later one is under way.
    if (!ok) return showTroubles({ form: said.error.message });
    showTroubles(said.troubles);
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
    preview();
    clearTimeout(waiting);
    waiting = setTimeout(draft, 250);
  }

  // A small world that moves the other way than the camera.

  const presets = {
    down_back: { vertical: -5, zoom: 6 },
    forward_up: { vertical: 5, zoom: -6 },
    right_turn_forward: { pan: 6, zoom: -5 },
    left_turn_forward: { pan: -6, zoom: -5 },
  };
  let moving;
  function preview() {
    const chosen = camera();
    moving?.cancel();
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    if (!chosen || still) return;
    const config = chosen.config ?? presets[chosen.type];
    const scale = chosen.type === "simple" && Object.values(config).every((each) => Math.abs(each) <= 1) ? 10 : 1;
    const by = (axis) => (config[axis] ?? 0) * scale;
    const end = `translate3d(${-by("horizontal") * 5}%, ${by("vertical") * 4}%, ${-by("zoom") * 8}px) rotateY(${by("pan") * 2.5}deg) rotateX(${-by("tilt") * 2.5}deg) rotateZ(${-by("roll") * 2}deg)`;
    moving = $(".world").animate([{ transform: "none" }, { transform: end }], { duration: 2500, easing: "ease-in-out", iterations: Infinity, direction: "alternate" });
  }

  // Pictures: dropped, chosen or pasted.

  function takePicture(name, file) {
    const reader = new FileReader();
    reader.addEventListener("load", () => {
      pictures[name] = reader.result;
      field(name).value = file.name;
      const image = $(`[data-drop="${name}"] img`);
      image.src = reader.result;
      image.hidden = false;
      changed();
    });
    reader.readAsDataURL(file);
  }

  for (const drop of form.querySelectorAll("[data-drop]")) {
    const name = drop.dataset.drop;
    drop.addEventListener("dragover", (event) => {
      event.preventDefault();
      drop.classList.add("over");
    });
    drop.addEventListener("dragleave", () => drop.classList.remove("over"));
    drop.addEventListener("drop", (event) => {
      event.preventDefault();
      drop.classList.remove("over");
      if (event.dataTransfer.files[0]) takePicture(name, event.dataTransfer.files[0]);
    });
    drop.querySelector('[type="file"]').addEventListener("change", (event) => {
      if (event.target.files[0]) takePicture(name, event.target.files[0]);
    });
    drop.addEventListener("paste", (event) => {
      const file = event.clipboardData.files[0];
      if (!file) return;
      event.preventDefault();
      takePicture(name, file);
    });
    field(name).addEventListener("input", () => {
      delete pictures[name];
      drop.querySelector("img").hidden = true;
    });
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

  async function watch(record) {
    while (!showRecord(record)) {
      await new Promise((resolve) => setTimeout(resolve, 700));
      const { ok, body } = await ask(`/try/tasks/${record.id}`);
      if (!ok) return showTroubles({ form: body.error.message });
      record = body;
    }
    draft();
  }

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    $("#generate").disabled = true;
    try {
      const { ok, body } = await ask("/try/run", { key_id: field("key_id").value, body: bodyOfForm() });
      if (!ok) return showTroubles({ form: body.error.message });
      $("#result").hidden = false;
      for (const id of ["#clip", "#failure", "#after"]) $(id).hidden = true;
      $("#clip").removeAttribute("src");
      $("#result").scrollIntoView({ block: "nearest", behavior: "smooth" });
      await watch(body);
    } finally {
      $("#generate").disabled = false;
    }
  });

  form.addEventListener("input", (event) => {
    const told = form.querySelector(`output[for="${event.target.id}"]`);
    if (told) told.textContent = event.target.value;
    if (event.target.id === "cfg_scale") event.target.dataset.isSet = "yes";
    changed();
  });

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

  // A link may set fields: /try?action=extend&video_id=… and its like.
  const asked = new URLSearchParams(location.search);
  for (const name of ["action", "model", "video_id", "prompt", "start_image_url", "callback_url"]) {
    if (asked.has(name)) field(name).value = asked.get(name);
  }
  changed();
}
