// Fields for a time zone: guessed from the browser where nothing was chosen yet, with the clock of the zone beside it.

const LOOKS_EVERY_MS = 10_000;

const clockIn = (zone: string): string => {
  try {
    return new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", timeZone: zone }).format();
  } catch {
    return ""; // no such zone
  }
};

const makeZone = (field: HTMLInputElement): void => {
  const clock = document.getElementById(field.dataset.zone ?? "");
  if (!clock) return;
  const guessed = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const isKnown = Array.from(field.list?.options ?? []).some((option) => option.value === guessed);
  if (field.hasAttribute("data-guess") && isKnown) field.value = guessed;

  const show = (): void => {
    const now = clockIn(field.value.trim());
    clock.textContent = now && `${clock.dataset.now ?? ""} ${now}`;
    for (const named of document.querySelectorAll("[data-zone-name]")) named.textContent = now && field.value.trim();
  };
  field.addEventListener("input", show);
  show();
  setInterval(show, LOOKS_EVERY_MS);
};

document.querySelectorAll<HTMLInputElement>("input[data-zone]").forEach(makeZone);

export {};
