// Keeps what is being written in this browser until it is posted, whatever happens to the tab in between.
import { calm } from "./page.js";

const FIELDS = ["title", "body"];

function store(name) {
  const key = `upvow-draft ${location.host} ${document.body.dataset.project} ${name}`;
  return {
    read() { try { return JSON.parse(localStorage.getItem(key) ?? "null"); } catch { return null; } },
    write(draft) { try { localStorage.setItem(key, JSON.stringify(draft)); return true; } catch { return false; } },
    clear() { try { localStorage.removeItem(key); } catch { /* Nothing was kept then. */ } },
  };
}

/** A post or comment that arrived leaves a notice in the address: its draft has done its work. */
function forget() {
  const done = new URLSearchParams(location.search).get("done");
  if (done === "posted") store("post").clear();
  const post = document.querySelector("[data-post]")?.dataset.post;
  if (done === "commented" && post) store(`comment-${post}`).clear();
}

export function drafts() {
  forget();
  for (const form of document.querySelectorAll("form[data-draft]")) {
    const kept = store(form.dataset.draft);
    const told = form.querySelector("[data-kept]");
    const inputs = FIELDS.map((name) => form.elements[name]).filter(Boolean);
    const draft = kept.read();
    const isEmpty = inputs.every((input) => input.value === "");
    if (draft && isEmpty) {
      for (const input of inputs) input.value = draft[input.name] ?? "";
      if (told && inputs.some((input) => input.value !== "")) told.textContent = "Your draft is back.";
    }
    form.addEventListener("input", calm(() => {
      const now = Object.fromEntries(inputs.map((input) => [input.name, input.value]));
      const hasText = Object.values(now).some((text) => text.trim() !== "");
      if (!hasText) kept.clear();
      else if (kept.write(now) && told) told.textContent = "Draft kept in this browser.";
    }, 400));
    // Ctrl or Cmd with Enter sends, from wherever the writer is.
    form.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
    });
  }
}
