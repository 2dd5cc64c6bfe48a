// What every page needs: times in the reader's zone, copy buttons, and a question before what cannot be undone.

const inWords = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });

// Between a number and its AM or PM no line may break.
function told(moment) {
  const parts = inWords.formatToParts(moment);
  const isBesidePeriod = (place) => [parts[place - 1], parts[place + 1]].some((part) => part?.type === "dayPeriod");
  return parts.map(({ value }, place) => (isBesidePeriod(place) ? value.replace(/\s/g, "\u00a0") : value)).join("");
}

export function tellTimes(within = document) {
  for (const time of within.querySelectorAll("time[datetime]")) {
    const moment = new Date(time.dateTime);
    time.textContent = told(moment);
    time.title = moment.toString();
  }
}

async function copy(part) {
  // Browsers offer the clipboard to pages behind TLS and on their own machine alone.
  if (navigator.clipboard) return navigator.clipboard.writeText(part.textContent);
  getSelection().selectAllChildren(part);
  document.execCommand("copy");
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  await copy(document.querySelector(button.dataset.copy));
  const before = button.textContent;
  button.textContent = "Copied";
  setTimeout(() => (button.textContent = before), 1500);
});

document.addEventListener("submit", (event) => {
  const question = event.target.dataset.confirm;
  if (question && !confirm(question)) event.preventDefault();
  // Whoever uses this browser next has no business with what was being written.
  else if (event.target.getAttribute("action") === "/log-out") sessionStorage.clear();
});

// A part with `data-live` fetches its page again so many milliseconds later and takes its new self from it.
async function refresh(part) {
  // The server may be away for a moment.
  const answer = await fetch(location.href).catch(() => null);
  if (!answer) return keepLive(part);
  if (answer.status >= 400 && answer.status < 500) return;
  if (answer.redirected && new URL(answer.url).pathname === "/log-in") return tellLoggedOut(part, answer.url);
  if (!answer.ok) return keepLive(part);
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page.getElementById(part.id);
  const focused = part.contains(document.activeElement) ? document.activeElement : null;
  const focusedAnew = focused?.id && fresh?.querySelector(`#${CSS.escape(focused.id)}`);
  // Whoever is about to press something in it, or marks words in it, must not have it taken away.
  if (!fresh || (focused && !focusedAnew) || isMarked(part)) return keepLive(part);
  tellTimes(fresh);
  for (const open of part.querySelectorAll("details[open][id]")) {
    fresh.querySelector(`#${CSS.escape(open.id)}`)?.setAttribute("open", "");
  }
  if (fresh.innerHTML === part.innerHTML && fresh.dataset.live) return keepLive(part);
  part.replaceWith(fresh);
  focusedAnew?.focus({ preventScroll: true });
  keepLive(fresh);
}

function tellLoggedOut(part, door) {
  if (document.querySelector("#logged-out")) return;
  const notice = Object.assign(document.createElement("p"), { id: "logged-out", className: "notice", role: "status" });
  const link = Object.assign(document.createElement("a"), { href: door, textContent: "Log in and come back" });
  notice.append("You are not logged in any more, so this page stands still. ", link);
  part.before(notice);
}

function isMarked(part) {
  const marked = getSelection();
  return !marked.isCollapsed && marked.containsNode(part, true);
}

function keepLive(part) {
  if (part.dataset.live) setTimeout(() => refresh(part), Number(part.dataset.live));
}

// A page that answers a form shows a secret once: neither a reload nor coming back may send the form again.
if (document.body.dataset.at) history.replaceState(null, "", document.body.dataset.at);

tellTimes();
document.querySelectorAll("[data-live]").forEach(keepLive);
