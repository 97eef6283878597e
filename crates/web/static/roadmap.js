// Moving a card: dragged to a column, or by the menu on it. Both do the same; the server has the last word.
import { ask, element, say } from "./page.js";

export function roadmap() {
  const road = document.querySelector("[data-road]");
  if (!road) return;
  let dragged = null;

  const arm = () => { for (const card of road.querySelectorAll("[data-card]")) card.draggable = true; };
  arm();
  document.addEventListener("upvow:fresh", arm);

  road.addEventListener("dragstart", (event) => {
    dragged = event.target.closest("[data-card]");
    if (!dragged) return;
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", dragged.querySelector("h3").textContent);
    dragged.classList.add("dragged");
  });
  road.addEventListener("dragend", () => {
    dragged?.classList.remove("dragged");
    dragged = null;
    for (const lane of road.querySelectorAll(".over")) lane.classList.remove("over");
  });
  road.addEventListener("dragover", (event) => {
    const lane = event.target.closest("[data-status]");
    if (!dragged || !lane) return;
    event.preventDefault();
    for (const other of road.querySelectorAll(".over")) if (other !== lane) other.classList.remove("over");
    lane.classList.add("over");
  });
  road.addEventListener("drop", (event) => {
    const lane = event.target.closest("[data-status]");
    if (!dragged || !lane) return;
    event.preventDefault();
    move(dragged, lane.dataset.status);
  });
  road.addEventListener("change", (event) => {
    const form = event.target.closest("[data-move]");
    if (form) move(form.closest("[data-card]"), event.target.value);
  });
  road.addEventListener("submit", (event) => {
    const form = event.target.closest("[data-move]");
    if (!form) return;
    event.preventDefault();
    move(form.closest("[data-card]"), form.elements.status.value);
  });
}

/** Asks whether the voters are told, naming how many; null if the move is taken back. */
async function question(card, status, title, name) {
  const asks = document.querySelector("[data-road]").dataset.asks.split(" ");
  if (!asks.includes(status)) return {};
  const { people } = await ask(`/posts/${card.dataset.card}/audience`);
  if (people === 0) return {};
  const voters = people === 1 ? "1 voter" : `${people} voters`;
  const dialog = element("dialog", "card ask");
  const form = element("form", "form");
  form.method = "dialog";
  const heading = element("h2", "", `Tell ${voters}?`);
  heading.id = "ask-heading";
  dialog.setAttribute("aria-labelledby", heading.id);
  const field = element("div", "field");
  const label = element("label", "", "What do you want to add?");
  label.htmlFor = "ask-words";
  const words = element("textarea", "input");
  words.id = "ask-words";
  words.rows = 3;
  words.maxLength = 1000;
  field.append(label, words);
  const actions = element("div", "actions");
  const choices = [["yes", "button primary", `Move and tell ${voters}`], ["no", "button", "Move without telling"], ["", "button quiet", "Cancel"]];
  for (const [value, look, text] of choices) {
    const button = element("button", look, text);
    button.value = value;
    actions.append(button);
  }
  form.append(heading, element("p", "hint", `“${title}” becomes ${name}.`), field, actions);
  dialog.append(form);
  document.body.append(dialog);
  dialog.showModal();
  await new Promise((done) => dialog.addEventListener("close", done, { once: true }));
  const answer = dialog.returnValue;
  dialog.remove();
  if (answer === "yes") return { tell: true, tell_words: words.value };
  return answer === "no" ? { tell: false } : null;
}

const laneOf = (card) => card.closest("[data-status]");

function count(lane, by) {
  const place = lane?.querySelector("[data-count]");
  if (place) place.textContent = String(Number(place.textContent) + by);
}

async function move(card, status) {
  const from = laneOf(card);
  const next = card.nextElementSibling;
  if (from.dataset.status === status) return;
  const to = document.querySelector(`[data-status="${CSS.escape(status)}"]`);
  const select = card.querySelector("select");
  const title = card.querySelector("h3").textContent;
  const hadFocus = card.contains(document.activeElement);
  const name = select.querySelector(`option[value="${CSS.escape(status)}"]`)?.textContent ?? "";
  let tell;
  try {
    tell = await question(card, status, title, name);
  } catch (error) {
    select.value = from.dataset.status;
    say(error.message);
    return;
  }
  if (tell === null) {
    select.value = from.dataset.status;
    say(`${title} stays where it was.`);
    return;
  }
  // A status that is no column takes the card off the roadmap.
  if (to) to.querySelector(".lane-cards").prepend(card);
  else card.hidden = true;
  to?.querySelector(".lane-empty")?.remove();
  select.value = status;
  count(from, -1);
  count(to, 1);
  if (hadFocus && to) select.focus();
  try {
    await ask(`/posts/${card.dataset.card}/status`, { method: "PUT", body: JSON.stringify({ status_id: status, ...tell }) });
    say(`${title} is now ${name}.`);
  } catch (error) {
    from.querySelector(".lane-cards").insertBefore(card, next?.parentElement === from.querySelector(".lane-cards") ? next : null);
    card.hidden = false;
    select.value = from.dataset.status;
    count(from, 1);
    count(to, -1);
    say(`${error.message} ${title} stays where it was.`);
  }
}
