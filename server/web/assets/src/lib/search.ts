// A search field inside a form that htmx answers: it listens for `find`. Typing in it changes nothing of the form.
const WAIT_MS = 250;

/** Wires field and button; returns what searches again after so many milliseconds. */
export const listenToSearch = (search: HTMLInputElement, button: HTMLButtonElement): ((waitMs: number) => void) => {
  let waits = 0;
  const find = (waitMs: number): void => {
    clearTimeout(waits);
    waits = window.setTimeout(() => search.dispatchEvent(new CustomEvent("find")), waitMs);
  };
  button.type = "button"; // it sends the whole form only where there is no script
  button.addEventListener("click", () => find(0));
  search.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing) return;
    event.preventDefault();
    find(0);
  });
  // A search is no change of the booking; and syllables on their way to becoming 汉字 are no search.
  search.addEventListener("change", (event) => event.stopPropagation());
  search.addEventListener("input", (event) => {
    event.stopPropagation();
    if (!(event as InputEvent).isComposing) find(WAIT_MS);
  });
  search.addEventListener("compositionend", () => find(WAIT_MS));
  return find;
};
