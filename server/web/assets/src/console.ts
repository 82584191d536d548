// Behaviour of all console pages: htmx with the page's CSRF token, clocks, confirming what cannot be undone.
import htmx from "htmx.org";
import "./lib/hours";
import "./lib/creatives";
import "./lib/places";
import "./lib/times";
import "./lib/weekgrid";
import "./lib/zones";

htmx.config.includeIndicatorStyles = false;
htmx.config.allowEval = false;
htmx.config.historyCacheSize = 0;

const token = document.querySelector<HTMLMetaElement>('meta[name="csrf-token"]')?.content ?? "";

document.addEventListener("htmx:configRequest", (event) => {
  (event as CustomEvent<{ headers: Record<string, string> }>).detail.headers["X-CSRFToken"] = token;
});

document.addEventListener("submit", (event) => {
  const question = (event.submitter ?? (event.target as HTMLElement)).dataset.ask;
  if (question && !confirm(question)) event.preventDefault();
});

// A choice that needs no button: language, filters.
document.addEventListener("change", (event) => {
  const field = event.target as HTMLSelectElement;
  if (field.matches("[data-submits]")) field.form?.requestSubmit();
});

// Fields that belong to one choice of another field: `data-when="goal_kind=share"`. A hidden field is not sent.
const showWhatFits = (): void => {
  for (const part of document.querySelectorAll<HTMLElement>("[data-when]")) {
    const [name = "", values = ""] = (part.dataset.when ?? "").split("=");
    const field = document.querySelector<HTMLInputElement>(`[name="${name}"]:checked, select[name="${name}"]`);
    part.hidden = !values.split("|").includes(field?.value ?? "");
    for (const one of part.querySelectorAll<HTMLInputElement>("input, select, textarea")) one.disabled = part.hidden;
  }
};
document.addEventListener("change", showWhatFits);
showWhatFits();

document.addEventListener("click", (event) => {
  const button = (event.target as HTMLElement).closest<HTMLElement>("[data-copy]");
  if (button) void navigator.clipboard?.writeText(button.dataset.copy ?? "").then(() => button.classList.add("copied"));
});

// The list of an hour's spots is scrolled to what shows now.
for (const row of document.querySelectorAll<HTMLElement>(".hour-spots tr.now")) {
  const list = row.closest<HTMLElement>(".hour-spots");
  if (list) list.scrollTop = row.offsetTop - list.clientHeight / 3;
}
