// Pickers of places: what is ticked among what was found joins the chosen; what is unticked there is taken out.
import { listenToSearch } from "./search";

const tickIn = (at: Element | null | undefined): HTMLInputElement | null | undefined =>
  at?.querySelector<HTMLInputElement>("input[type=checkbox]");

const makePicker = (picker: HTMLElement): void => {
  const search = picker.querySelector<HTMLInputElement>("input[type=search]");
  const button = picker.querySelector<HTMLButtonElement>(".search button");
  const chosen = picker.querySelector<HTMLElement>(".chips");
  const found = picker.querySelector<HTMLElement>(".found");
  const status = picker.querySelector<HTMLElement>("[role=status]");
  if (!search || !button || !chosen || !found || !status) return;

  const find = listenToSearch(search, button);

  let silent = false;
  found.addEventListener("htmx:afterSwap", () => {
    if (!silent) status.textContent = found.querySelector("[data-announced]")?.textContent?.trim() ?? "";
    silent = false;
  });

  picker.addEventListener("change", (event) => {
    const tick = event.target as HTMLInputElement;
    const item = tick.closest("li");
    const isIn = item?.parentElement === chosen;
    if (!item || isIn === tick.checked) return;
    const near = tickIn(item.nextElementSibling) ?? tickIn(item.previousElementSibling);
    const named = item.textContent?.trim() ?? "";
    if (tick.checked) {
      chosen.append(item);
      status.textContent = `${picker.dataset.added ?? ""}${named}`;
    } else {
      item.remove();
      status.textContent = `${picker.dataset.removed ?? ""}${named}`;
      silent = true; // it is found again, which need not be read out too
      find(0);
    }
    const following = near ?? (tick.checked ? tickIn(found) : null) ?? search;
    following.focus();
  });
};

document.querySelectorAll<HTMLElement>("[data-picker]").forEach(makePicker);

export {};
