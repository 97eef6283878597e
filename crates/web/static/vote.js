// Voting at once: the number moves under the finger, and moves back if the server says no.
import { ask, say, signedIn, touch } from "./page.js";

const words = (count) => (count === 1 ? "1 vote" : `${count} votes`);

function show(id, votes, voted) {
  for (const form of document.querySelectorAll(`[data-vote="${CSS.escape(id)}"]`)) {
    const button = form.querySelector("button");
    const text = button.querySelector("span");
    form.elements.on.value = String(!voted);
    button.setAttribute("aria-pressed", String(voted));
    button.setAttribute("aria-label", `Vote for ${button.dataset.title}: ${words(votes)}`);
    button.querySelector("b").textContent = votes;
    if (text) text.textContent = voted ? "You voted" : "Vote for this";
  }
}

// What is wanted of posts whose vote is on its way. Whoever changes their mind meanwhile is heard when it has arrived.
const wanted = new Map();

async function vote(form) {
  const id = form.dataset.vote;
  const button = form.querySelector("button");
  let known = { votes: Number(button.querySelector("b").textContent), voted: button.getAttribute("aria-pressed") === "true" };
  const isOnItsWay = wanted.has(id);
  wanted.set(id, !known.voted);
  touch();
  show(id, known.votes + (known.voted ? -1 : 1), !known.voted);
  button.classList.add("counts");
  button.addEventListener("animationend", () => button.classList.remove("counts"), { once: true });
  if (isOnItsWay) return;
  button.dataset.busy = "1";
  try {
    let sent;
    do {
      sent = wanted.get(id);
      known = await ask(`/posts/${id}/vote`, { method: sent ? "PUT" : "DELETE" });
    } while (wanted.get(id) !== sent);
    show(id, known.votes, known.voted);
    say(known.voted ? `Voted. ${words(known.votes)}.` : `Vote taken back. ${words(known.votes)}.`);
  } catch (error) {
    show(id, known.votes, known.voted);
    if (error.status === 401) {
      form.submit();
      return;
    }
    say(`${error.message} Your vote is as it was.`);
  } finally {
    wanted.delete(id);
    touch();
    delete button.dataset.busy;
  }
}

export function votes() {
  // Who is not signed in sends the plain form, and is led to the sign-in page and back.
  if (!signedIn) return;
  document.addEventListener("submit", (event) => {
    if (!event.target.matches("[data-vote]")) return;
    event.preventDefault();
    vote(event.target);
  });
}
