// Menus close when something else is meant: a click elsewhere, Escape, focus gone.
export function menus() {
  const open = () => document.querySelectorAll("[data-menu][open]");

  document.addEventListener("click", (event) => {
    const chosen = event.target.closest("a");
    for (const menu of open()) if (!menu.contains(event.target) || menu.contains(chosen)) menu.open = false;
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of open()) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });
  document.addEventListener("focusout", (event) => {
    const menu = event.target.closest?.("[data-menu][open]");
    if (menu && event.relatedTarget && !menu.contains(event.relatedTarget)) menu.open = false;
  });
  // A slash leads to the search, as in many tools.
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.target.closest("input, textarea, select")) return;
    const search = document.querySelector('input[type="search"]');
    if (!search) return;
    event.preventDefault();
    search.focus();
  });
}
