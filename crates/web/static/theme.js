// Light or dark, before anything is drawn, so that no page flashes in the other one. Without a choice of the reader's
// the system decides, in the stylesheet.
(() => {
  const root = document.documentElement;
  root.classList.add("scripted");
  const kept = () => {
    try { return localStorage.getItem("upvow-theme"); } catch { return null; }
  };
  const show = (theme) => {
    if (theme === "light" || theme === "dark") root.dataset.theme = theme;
    else delete root.dataset.theme;
  };
  show(kept());

  document.addEventListener("DOMContentLoaded", () => {
    const button = document.querySelector("[data-theme-toggle]");
    if (!button) return;
    button.hidden = false;
    button.addEventListener("click", () => {
      const system = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
      const now = root.dataset.theme ?? system;
      const next = now === "dark" ? "light" : "dark";
      show(next);
      try { localStorage.setItem("upvow-theme", next); } catch { /* Kept for this page only then. */ }
      const say = document.getElementById("say");
      if (say) say.textContent = next === "dark" ? "Dark colours" : "Light colours";
    });
  });
})();
