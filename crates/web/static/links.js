// What linked issues say of themselves is asked when somebody looks, shown, and kept nowhere. And: finding an issue to
// link by its words.
import { ask, calm, element } from "./page.js";

const seen = new Map();

async function words(issue) {
  const id = issue.dataset.link;
  const place = issue.querySelector("[data-words]");
  if (!place || place.dataset.asked) return;
  place.dataset.asked = "1";
  const known = seen.get(id);
  if (known) place.textContent = known;
  else place.replaceChildren(element("span", "skeleton"));
  try {
    const live = await ask(`/links/${id}/live`);
    seen.set(id, live.summary);
    place.textContent = live.summary;
  } catch {
    place.textContent = known ?? "Jira does not show it right now.";
  }
}

function all() {
  for (const issue of document.querySelectorAll("[data-link][data-alive]")) words(issue);
}

function finder(form) {
  const input = form.querySelector("[data-find]");
  const list = form.querySelector("[data-found]");
  const hint = form.querySelector("[data-find-hint]");
  let asked = 0;
  hint.textContent = "Or type words of its summary to find it.";
  form.querySelector("label[for=issue]").textContent = "Key, address or words";

  const clear = () => { list.replaceChildren(); list.hidden = true; };
  const look = calm(async () => {
    const text = input.value.trim();
    const turn = ++asked;
    if (text.length < 2 || text.includes("://")) return clear();
    let found;
    try {
      found = await ask(`/connections/${form.elements.connection.value}/issues?text=${encodeURIComponent(text)}&post_id=${document.querySelector("[data-post]").dataset.post}`);
    } catch (error) {
      if (turn === asked) { clear(); hint.textContent = error.message; }
      return;
    }
    if (turn !== asked) return;
    const items = (found.items ?? found).slice(0, 6);
    list.replaceChildren(...items.map((issue) => {
      const row = element("li");
      const button = element("button");
      button.type = "button";
      button.append(element("b", "", issue.key), element("span", "", issue.summary));
      if (issue.is_linked) {
        button.append(element("span", "pill plain", "Linked already"));
        button.setAttribute("aria-disabled", "true");
      }
      button.addEventListener("click", () => { if (issue.is_linked) return; input.value = issue.key; clear(); input.focus(); });
      row.append(button);
      return row;
    }));
    list.hidden = items.length === 0;
    hint.textContent = items.length === 0 ? "No issue has these words." : "Choose one, then link it.";
  }, 300);
  input.addEventListener("input", look);
  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" && !list.hidden) {
      event.preventDefault();
      list.querySelector("button").focus();
    }
  });
  list.addEventListener("keydown", (event) => {
    const buttons = [...list.querySelectorAll("button")];
    const at = buttons.indexOf(document.activeElement);
    if (event.key === "ArrowDown") buttons[Math.min(at + 1, buttons.length - 1)].focus();
    else if (event.key === "ArrowUp") (at > 0 ? buttons[at - 1] : input).focus();
    else if (event.key === "Escape") { clear(); input.focus(); }
    else return;
    event.preventDefault();
  });
}

/** With Shift held, everything from the last choice to this one is chosen, too. */
function ranges(list) {
  let last = null;
  list.addEventListener("click", (event) => {
    const box = event.target.closest("input[type=checkbox]");
    if (!box) return;
    const boxes = [...list.querySelectorAll("input[type=checkbox]")];
    if (event.shiftKey && last) {
      const [from, to] = [boxes.indexOf(last), boxes.indexOf(box)].sort((a, b) => a - b);
      for (const other of boxes.slice(from, to + 1)) other.checked = box.checked;
    }
    last = box;
  });
}

export function links() {
  for (const list of document.querySelectorAll("[data-pick]")) ranges(list);
  all();
  document.addEventListener("upvow:fresh", all);
  for (const form of document.querySelectorAll("[data-find-issue]")) finder(form);
}
