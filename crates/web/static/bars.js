// Bars of entries that are wider than the screen begin with the chosen one in sight.
export function bars() {
  for (const chosen of document.querySelectorAll(".settings-nav > [aria-current], .tabs > [aria-current]")) {
    const bar = chosen.parentElement;
    // Only the bar moves: `scrollIntoView` would move the page, too.
    bar.scrollLeft += chosen.getBoundingClientRect().left - bar.getBoundingClientRect().left
      - (bar.clientWidth - chosen.offsetWidth) / 2;
  }
}
