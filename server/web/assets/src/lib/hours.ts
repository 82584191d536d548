// Hours of many days, typed once: `data-fill="hours"` holds a choice of days, a line of hours and a button.

const fieldsOf = (name: string, days: string): HTMLInputElement[] =>
  [...days].flatMap((day) => Array.from(document.querySelectorAll<HTMLInputElement>(`[name="${name}_${day}"]`)));

const makeFill = (fill: HTMLElement): void => {
  const days = fill.querySelector("select");
  const hours = fill.querySelector("input");
  const button = fill.querySelector("button");
  const status = fill.querySelector("[role=status]");
  if (!days || !hours || !button || !status) return;
  fill.hidden = false;

  const apply = (): void => {
    for (const field of fieldsOf(fill.dataset.fill ?? "", days.value)) field.value = hours.value.trim();
    status.textContent = `${days.selectedOptions[0]?.text ?? ""}: ${hours.value.trim() || (fill.dataset.empty ?? "")}`;
  };
  button.addEventListener("click", apply);
  hours.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing) return;
    event.preventDefault(); // the form is not sent yet
    apply();
  });
};

document.querySelectorAll<HTMLElement>("[data-fill]").forEach(makeFill);

export {};
