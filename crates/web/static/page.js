// What the other modules share: where we are, asking the API, and saying something to a screen reader.
const { base = "", project = "" } = document.body.dataset;

export const signedIn = "signedIn" in document.body.dataset;
export { base, project };

/** The address of the project's part of the API. */
export const api = (path) => `/api/v1/projects/${encodeURIComponent(project)}${path}`;

/** Says something to whoever listens to the page. */
export function say(text) {
  const place = document.getElementById("say");
  if (!place) return;
  // The same words twice are news only if they went away in between.
  place.textContent = "";
  requestAnimationFrame(() => { place.textContent = text; });
}

/** Asks the API. A refusal is thrown with what the server says to do about it. */
export async function ask(path, options = {}) {
  const headers = { Accept: "application/json", ...options.headers };
  if (options.body !== undefined) headers["Content-Type"] = "application/json";
  const response = await fetch(api(path), { ...options, headers, credentials: "same-origin" });
  const text = await response.text();
  let answer = null;
  try { answer = text ? JSON.parse(text) : null; } catch { /* Not JSON: the status has to do. */ }
  if (!response.ok) {
    const error = new Error(answer?.detail ?? "That did not work. Try again.");
    error.status = response.status;
    throw error;
  }
  return answer;
}

let touchedAt = 0;

/** Notes that somebody acts on this page right now: what was asked of the server before may be old. */
export function touch() {
  touchedAt = performance.now();
}

/** Whether somebody acted here after this moment. */
export const isTouchedSince = (moment) => touchedAt >= moment;

/** Calls `act` once nothing was typed for a while. */
export function calm(act, wait = 250) {
  let timer = 0;
  return (...given) => {
    clearTimeout(timer);
    timer = setTimeout(() => act(...given), wait);
  };
}

/** An element with text, never with HTML. */
export function element(name, classes = "", text = "") {
  const made = document.createElement(name);
  if (classes) made.className = classes;
  if (text) made.textContent = text;
  return made;
}
