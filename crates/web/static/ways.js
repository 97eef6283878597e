// Who follows whom: a click on the arrow that is chosen goes on to the next one, so that one place is enough to cycle.
export function ways() {
  for (const group of document.querySelectorAll("[data-ways]")) {
    const all = [...group.querySelectorAll("input")];
    let before = null;
    group.addEventListener("pointerdown", () => { before = all.find((one) => one.checked) ?? null; });
    group.addEventListener("click", (event) => {
      // A click on a label is followed by one on its input; only that one counts.
      if (!all.includes(event.target) || event.target !== before) { if (all.includes(event.target)) before = null; return; }
      const next = all[(all.indexOf(before) + 1) % all.length];
      before = null;
      next.checked = true;
      next.focus();
    });
  }
}
