// Shows at once what changed elsewhere. The server says only which thing changed; the page asks for itself again, as
// its reader may see it, and takes over the marked parts. Lost notices cost freshness, never truth.
import { base, calm, isTouchedSince, say } from "./page.js";

const key = (part) => `${part.dataset.live} ${part.dataset.part ?? ""}`;
const statusOf = (place) => place.querySelector(".pill")?.textContent.trim();

/** Whether somebody is just using this part: taking it away from under them would be rude. */
function inUse(part) {
  const focus = document.activeElement;
  const isTyping = part.contains(focus) && focus.matches("input:not([type=hidden]), textarea, select");
  return isTyping || part.querySelector("details[open], form:target") !== null || part.querySelector("[data-busy]") !== null;
}

function swap(part, fresh) {
  if (part.outerHTML === fresh.outerHTML || inUse(part)) return false;
  const focused = part.contains(document.activeElement) ? document.activeElement.tagName : null;
  part.replaceWith(fresh);
  if (focused) fresh.querySelector(focused.toLowerCase())?.focus();
  fresh.classList.add("changed");
  fresh.addEventListener("animationend", () => fresh.classList.remove("changed"), { once: true });
  return true;
}

/** Takes over what is new of these; false if somebody acted here meanwhile, so that what came is already old. */
async function freshen(ids) {
  const began = performance.now();
  const response = await fetch(location.href, { headers: { Accept: "text/html" }, credentials: "same-origin" });
  if (!response.ok || response.redirected) return true;
  const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
  if (isTouchedSince(began)) return false;
  for (const part of document.querySelectorAll("[data-live]")) {
    if (!ids.has(part.dataset.live)) continue;
    const found = [...fresh.querySelectorAll("[data-live]")].find((other) => key(other) === key(part));
    if (!found) {
      // On the roadmap, or in a filtered list, it is simply no longer here.
      if (part.matches("[data-card]")) move(part, null);
      continue;
    }
    const before = statusOf(part);
    if (part.matches("[data-card]") && laneOf(part) !== laneOf(found)) {
      move(part, found);
      continue;
    }
    if (!swap(part, document.adoptNode(found))) continue;
    const after = statusOf(document.querySelector(`[data-live="${CSS.escape(part.dataset.live)}"]`) ?? part);
    if (before && after && before !== after) say(`The status is now ${after}.`);
  }
  for (const lane of fresh.querySelectorAll("[data-status]")) {
    const count = document.querySelector(`[data-status="${CSS.escape(lane.dataset.status)}"] [data-count]`);
    if (count) count.textContent = lane.querySelector("[data-count]").textContent;
  }
  document.dispatchEvent(new CustomEvent("upvow:fresh"));
  return true;
}

const laneOf = (card) => card.closest("[data-status]")?.dataset.status;

function move(card, found) {
  const lane = found && document.querySelector(`[data-status="${CSS.escape(laneOf(found))}"]`);
  if (!lane) return card.remove();
  const fresh = document.adoptNode(found);
  card.remove();
  lane.querySelector(".lane-empty")?.remove();
  lane.querySelector(".lane-cards").prepend(fresh);
  fresh.classList.add("changed");
  say(`${fresh.querySelector("h3").textContent} is now ${lane.dataset.name}.`);
}

export function live() {
  const parts = () => [...document.querySelectorAll("[data-live]")];
  if (parts().length === 0 || !base) return;
  const waiting = new Set();
  const soon = calm(() => {
    const ids = new Set(waiting);
    waiting.clear();
    freshen(ids)
      .then((isDone) => {
        if (isDone) return;
        for (const id of ids) waiting.add(id);
        soon();
      })
      .catch(() => { /* The next notice, or a reload, shows it. */ });
  }, 120);

  const source = new EventSource(`${base}/live`);
  source.addEventListener("change", (event) => {
    let change;
    try { change = JSON.parse(event.data); } catch { return; }
    for (const id of [change.post, change.connection]) {
      if (id && parts().some((part) => part.dataset.live === id)) waiting.add(id);
    }
    if (waiting.size > 0) soon();
  });
  // After a gap, whatever is shown may be old. So it may be right after a form was sent: what follows from it can
  // happen between the page's making and our first listening.
  let wasLost = new URLSearchParams(location.search).has("done");
  source.addEventListener("error", () => { wasLost = true; });
  source.addEventListener("open", () => {
    if (!wasLost) return;
    wasLost = false;
    for (const part of parts()) waiting.add(part.dataset.live);
    soon();
  });
  // A page that is left must not hold one of the browser's few connections to us.
  addEventListener("pagehide", () => source.close());
  addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });

  const poll = () => {
    const part = document.querySelector("[data-poll], [data-making]");
    if (!part) return;
    waiting.add((part.closest("[data-live]") ?? part).dataset.live);
    soon();
    setTimeout(poll, 2500);
  };
  setTimeout(poll, 1500);
}
