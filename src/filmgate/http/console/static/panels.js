// What is shown of a draft: what is wrong with it, its price, its request, and the call as code.

import { $, field, form, value } from "./form.js";

export const shown = (body) =>
  JSON.stringify(body, (_, each) => (typeof each === "string" && each.length > 300 ? `${each.slice(0, 60)}… (${each.length} characters)` : each), 2);

export function showTroubles(troubles) {
  const places = new Map([...form.querySelectorAll("[data-trouble]")].map((place) => [place.dataset.trouble, place]));
  const told = new Map();
  for (const [name, message] of Object.entries({ ...troubles, ...ofFiles() })) {
    // What the form has no field of its own for was written among the others.
    const place = places.get(name.split(/[.[]/)[0]) ?? places.get($("#rest").value.trim() ? "rest" : "form");
    told.set(place, [...(told.get(place) ?? []), message]);
  }
  for (const [name, place] of places) {
    const words = (told.get(place) ?? []).join(" ");
    // What stays is not told again to those who listen.
    if (place.textContent !== words) place.textContent = words;
    place.hidden = !words;
    // What is not filled in yet is no mistake.
    place.classList.toggle("wanted", isBlank(name));
    if (words) place.closest("details")?.setAttribute("open", "");
  }
  $("#generate").disabled = told.size > 0;
}

function isBlank(name) {
  if (name === "camera_control") return [...form.querySelectorAll("[data-axis]")].every((axis) => Number(axis.value) === 0);
  return Boolean(field(name)?.type && !value(name)) && !(name in ofFiles());
}

// A file that is not even sent, because it is too large.
function ofFiles() {
  const refused = [...form.querySelectorAll("[data-refused]:enabled")].filter((each) => !each.closest("[hidden]"));
  return Object.fromEntries(refused.map((each) => [each.id, each.dataset.refused]));
}

export function showRefusal(refusal) {
  $("#refused").hidden = !refusal;
  $("#refusal").textContent = refusal ? shown(refusal) : "";
}

export function showPrice(credits, breakdown = []) {
  $("#price").textContent = credits ? `${credits} credits` : "";
  $("#price").title = breakdown.map((line) => `${line.item}: ${line.credits}`).join("\n");
}

export function showBalance(balance) {
  const place = $(".balance b");
  if (place) place.textContent = balance;
}

// The request is hidden where there is none, rather than one that is not the form's any more.
export function showRequest(body) {
  $("#request").closest("details").hidden = !body;
  $("#request").textContent = body ? shown(body) : "";
}

let code = {};

// The programs by language; without them, the reason why there is nothing to copy.
export function showCode(programs, reason = "") {
  code = programs;
  $("#no-code").hidden = !reason;
  $("#no-code").textContent = reason;
  $("#program").hidden = Boolean(reason);
  showProgram();
}

function showProgram() {
  const tab = $('[role="tab"][aria-selected="true"]');
  $("#code").textContent = code[tab.dataset.language] ?? "";
  $("#run").textContent = tab.dataset.run;
}

const tabs = [...document.querySelectorAll('[role="tab"]')];

function choose(tab) {
  for (const each of tabs) {
    each.setAttribute("aria-selected", each === tab);
    each.tabIndex = each === tab ? 0 : -1;
  }
  $("#code-panel").setAttribute("aria-labelledby", tab.id);
  showProgram();
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
