// Makes the pages live. Everything here also works without it, by forms and links.
const live = () => document.querySelector("[data-live]");
const said = (text) => { document.getElementById("said").textContent = text; };

document.querySelectorAll("[data-submit]").forEach((field) => {
  field.form.classList.add("scripted");
  field.addEventListener("change", () => field.form.requestSubmit());
});

// Takes the page's content anew, and leaves the focus and what is being typed where they are.
let asking = 0;
async function refresh() {
  const turn = ++asking;
  const active = document.activeElement;
  if (active?.matches("main input, main textarea") && active.value !== active.defaultValue) return;
  const answer = await fetch(location.href, { headers: { accept: "text/html" } });
  if (!answer.ok || turn !== asking) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page.querySelector("[data-live]");
  if (!fresh) return;
  const key = document.activeElement?.closest(".card")?.dataset.key;
  const open = document.querySelector("details[open].create") !== null;
  live().replaceChildren(...fresh.childNodes);
  if (open) live().querySelector("details.create")?.setAttribute("open", "");
  if (key) live().querySelector(`.card[data-key="${CSS.escape(key)}"]`)?.focus({ preventScroll: true });
}

async function send(form, status) {
  const body = new URLSearchParams(new FormData(form));
  body.set("status", status);
  const answer = await fetch(form.action, { method: "POST", body, redirect: "manual" });
  if (answer.type === "opaqueredirect" || answer.ok) return true;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  said(page.querySelector("h1 + p")?.textContent ?? "That did not work.");
  document.body.dataset.said = "";
  setTimeout(() => delete document.body.dataset.said, 4000);
  return false;
}

async function move(card, column) {
  const form = card.querySelector("form[data-quiet]");
  const button = form?.querySelector(`button[value="${CSS.escape(column.dataset.status)}"]`);
  if (!button) {
    said(`${card.dataset.key} cannot go to ${column.dataset.name} from here.`);
    document.body.dataset.said = "";
    setTimeout(() => delete document.body.dataset.said, 4000);
    return;
  }
  column.querySelector(".cards").prepend(card);
  card.focus({ preventScroll: true });
  if (await send(form, column.dataset.status)) said(`${card.dataset.key} moved to ${column.dataset.name}.`);
  await refresh();
}

document.addEventListener("submit", async (event) => {
  if (!event.target.matches("form[data-quiet]")) return;
  event.preventDefault();
  await send(event.target, event.submitter?.value ?? "");
  await refresh();
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") document.querySelectorAll("details[open]").forEach((menu) => { menu.open = false; });
  if (!event.target.matches?.(".card") || !["ArrowLeft", "ArrowRight"].includes(event.key)) return;
  const columns = [...document.querySelectorAll(".column")];
  const next = columns[columns.indexOf(event.target.closest(".column")) + (event.key === "ArrowRight" ? 1 : -1)];
  if (!next) return;
  event.preventDefault();
  move(event.target, next);
});

document.addEventListener("click", (event) => {
  document.querySelectorAll("details.menu[open]").forEach((menu) => { if (!menu.contains(event.target)) menu.open = false; });
});

let dragged = null;
document.addEventListener("dragstart", (event) => {
  dragged = event.target.closest?.(".card");
  if (!dragged) return;
  event.dataTransfer.setData("text/plain", dragged.dataset.key);
  event.dataTransfer.effectAllowed = "move";
  dragged.classList.add("dragged");
  document.querySelectorAll(".column").forEach((column) => {
    const here = column === dragged.closest(".column");
    column.classList.toggle("closed", !here && !dragged.querySelector(`button[value="${CSS.escape(column.dataset.status)}"]`));
  });
});
document.addEventListener("dragend", () => {
  dragged?.classList.remove("dragged");
  document.querySelectorAll(".column").forEach((column) => column.classList.remove("over", "closed"));
  dragged = null;
});
document.addEventListener("dragover", (event) => {
  const column = event.target.closest?.(".column");
  if (!dragged || !column) return;
  event.preventDefault();
  document.querySelectorAll(".column.over").forEach((other) => { if (other !== column) other.classList.remove("over"); });
  column.classList.add("over");
});
document.addEventListener("drop", (event) => {
  const column = event.target.closest?.(".column");
  if (!dragged || !column) return;
  event.preventDefault();
  const card = dragged;
  if (column !== card.closest(".column")) move(card, column);
});

if (live()) new EventSource(live().dataset.live).addEventListener("change", () => { if (!dragged) refresh(); });
