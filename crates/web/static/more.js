// "Load more" adds to the list instead of leaving it; the address it leads to works by itself, too.
import { say } from "./page.js";

export function more() {
  document.addEventListener("click", async (event) => {
    const link = event.target.closest("[data-load]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
    const list = document.querySelector("[data-list]");
    if (!list) return;
    event.preventDefault();
    if (link.dataset.busy) return;
    link.dataset.busy = "1";
    link.classList.add("waiting");
    try {
      const response = await fetch(link.href, { headers: { Accept: "text/html" }, credentials: "same-origin" });
      if (!response.ok) throw new Error();
      const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
      const rows = [...(fresh.querySelector("[data-list]")?.children ?? [])];
      for (const row of rows) row.querySelectorAll("input[name=back]").forEach((field) => { field.value = location.pathname + location.search; });
      list.append(...rows.map((row) => document.adoptNode(row)));
      const next = fresh.querySelector("[data-load]");
      if (next) { link.href = next.href; delete link.dataset.busy; link.classList.remove("waiting"); } else link.remove();
      rows[0]?.querySelector("h3 a")?.focus();
      say(`${rows.length} more ideas.`);
    } catch {
      location.href = link.href;
    }
  });
}
