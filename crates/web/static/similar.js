// While a title is typed: is it on the list already? A vote there is worth more than a second post.
import { ask, base, calm, element } from "./page.js";

export function similar() {
  const input = document.querySelector("[data-similar]");
  const place = document.querySelector("[data-similar-list]");
  if (!input || !place) return;
  let asked = 0;

  const look = calm(async () => {
    const text = input.value.trim();
    const turn = ++asked;
    if (text.length < 2) { place.replaceChildren(); return; }
    let found;
    try {
      found = await ask(`/similar?text=${encodeURIComponent(text.slice(0, 200))}`);
    } catch {
      return; // It only helps; the form works without.
    }
    // An older answer must not overwrite a newer one.
    if (turn !== asked) return;
    const items = (found.items ?? found).slice(0, 5);
    place.replaceChildren(...(items.length ? [box(items)] : []));
  }, 250);

  input.addEventListener("input", look);
  if (input.value) look();
}

function box(items) {
  const section = element("section", "similar");
  section.setAttribute("aria-label", "Similar ideas");
  section.append(element("h2", "", "Already on the list?"));
  const list = element("ul", "similar-list");
  for (const post of items) {
    const row = element("li");
    const link = element("a", "", post.title);
    link.href = `${base}/posts/${post.id}`;
    const about = element("small", "", `${post.votes === 1 ? "1 vote" : `${post.votes} votes`} · ${post.status?.name ?? ""}`);
    const words = element("div");
    words.append(link, element("br"), about);
    row.append(voteForm(post), words);
    list.append(row);
  }
  section.append(list);
  return section;
}

function voteForm(post) {
  const form = element("form", "vote");
  form.method = "post";
  form.action = `${base}/posts/${post.id}/vote`;
  form.dataset.vote = post.id;
  for (const [name, value] of [["on", String(!post.voted)], ["back", `${base}/posts/${post.id}`]]) {
    const field = element("input");
    Object.assign(field, { type: "hidden", name, value });
    form.append(field);
  }
  const button = element("button", "vote-button small");
  button.setAttribute("aria-pressed", String(Boolean(post.voted)));
  button.setAttribute("aria-label", `Vote for ${post.title}`);
  button.dataset.title = post.title;
  const arrow = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  arrow.setAttribute("viewBox", "0 0 24 24");
  arrow.setAttribute("class", "icon");
  arrow.setAttribute("aria-hidden", "true");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", "M6 15l6-6 6 6");
  arrow.append(path);
  button.append(arrow, element("b", "", String(post.votes)));
  form.append(button);
  return form;
}
