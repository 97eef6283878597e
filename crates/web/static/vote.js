// Voting at once: the number moves under the finger, and moves back if the server says no.
import { ask, say, signedIn } from "./page.js";

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

async function vote(form) {
  const id = form.dataset.vote;
  const button = form.querySelector("button");
  if (button.dataset.busy) return;
  const was = { votes: Number(button.querySelector("b").textContent), voted: button.getAttribute("aria-pressed") === "true" };
  const voted = !was.voted;
  button.dataset.busy = "1";
  show(id, was.votes + (voted ? 1 : -1), voted);
  button.classList.add("counts");
  button.addEventListener("animationend", () => button.classList.remove("counts"), { once: true });
  try {
    const tally = await ask(`/posts/${id}/vote`, { method: voted ? "PUT" : "DELETE" });
    show(id, tally.votes, tally.voted);
    say(voted ? `Voted. ${words(tally.votes)}.` : `Vote taken back. ${words(tally.votes)}.`);
  } catch (error) {
    show(id, was.votes, was.voted);
    if (error.status === 401) {
      form.submit();
      return;
    }
    say(`${error.message} Your vote is as it was.`);
  } finally {
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
