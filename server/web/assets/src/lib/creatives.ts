// The booking form's creatives: searched among, and what is uploaded here is ticked at once.
import { listenToSearch } from "./search";

const makePicker = (picker: HTMLElement): void => {
  const search = picker.querySelector<HTMLInputElement>("input[type=search]");
  const button = picker.querySelector<HTMLButtonElement>(".search button");
  const list = picker.querySelector<HTMLElement>("#creatives-list");
  if (!search || !button || !list) return;
  const find = listenToSearch(search, button);
  document.body.addEventListener("uploaded", (event) => {
    for (const value of (event as CustomEvent<{ creatives: string[] }>).detail.creatives) {
      const tick = document.createElement("input");
      Object.assign(tick, { type: "hidden", name: "creatives[]", value });
      list.append(tick); // sent with the search; its answer has the row instead
    }
    find(0);
  });
};

document.querySelectorAll<HTMLElement>("[data-creatives]").forEach(makePicker);

export {};
