// Copies a secret that is shown once.
import { say } from "./page.js";

export function copies() {
  for (const button of document.querySelectorAll("[data-copy]")) {
    const field = document.getElementById(button.dataset.copy);
    field.addEventListener("focus", () => field.select());
    if (!navigator.clipboard) continue;
    button.hidden = false;
    button.addEventListener("click", async () => {
      const text = button.querySelector("span");
      try {
        await navigator.clipboard.writeText(field.value);
        text.textContent = "Copied";
        say("Copied.");
      } catch {
        field.select();
        say("Selected; copy it with the keyboard.");
      }
    });
  }
}
