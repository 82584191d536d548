// A grid of the week's hours over its lines of text: click, drag, or move with the arrow keys and press the space bar.
import { coveredOf, readLine, withHour, writeLine, type Span } from "./week";

const DAYS = 7;
const HOURS = 24;
const STEPS: Record<string, [number, number]> = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

const makeGrid = (grid: HTMLElement): void => {
  const lines = Array.from({ length: DAYS }, (_, day) => document.querySelector<HTMLInputElement>(`[name="${grid.dataset.week ?? ""}_${day}"]`));
  if (!lines.every((line): line is HTMLInputElement => line !== null)) return;
  const names = (grid.dataset.days ?? "").split(",");
  const fixed = lines.some((line) => line.matches(":disabled"));

  const put = <Kind extends HTMLElement>(part: Kind, day: number, hour: number): Kind => {
    part.style.setProperty("--day", String(day));
    part.style.setProperty("--hour", String(hour));
    grid.append(part);
    return part;
  };
  const label = (text: string, day: number, hour: number): void => {
    put(document.createElement("span"), day, hour).textContent = text;
  };
  for (let hour = 0; hour < HOURS; hour += 1) label(String(hour), -1, hour);
  const cells = names.map((name, day) => {
    label(name, day, -1);
    return Array.from({ length: HOURS }, (_, hour) => {
      const cell = put(document.createElement("button"), day, hour);
      cell.type = "button";
      cell.tabIndex = day === 0 && hour === 8 ? 0 : -1;
      cell.disabled = fixed;
      cell.setAttribute("aria-label", `${name} ${hour}:00`);
      return cell;
    });
  });
  const cellAt = (day: number, hour: number): HTMLButtonElement | undefined => cells[day]?.[hour];
  const placeOf = (target: EventTarget | null): [number, number] | null => {
    for (const [day, row] of cells.entries()) {
      const hour = row.indexOf(target as HTMLButtonElement);
      if (hour >= 0) return [day, hour];
    }
    return null;
  };

  const week = (): Span[][] => lines.map((line) => readLine(line.value) ?? []);
  const draw = (): void => {
    const now = week();
    for (const [day, row] of cells.entries()) {
      for (const [hour, cell] of row.entries()) {
        const part = coveredOf(now, day, hour);
        const [from, until] = part ?? [0, 0];
        cell.setAttribute("aria-pressed", part === null ? "false" : until - from === 60 ? "true" : "mixed");
        cell.style.setProperty("--from", `${(from / 60) * 100}%`);
        cell.style.setProperty("--until", `${(until / 60) * 100}%`);
      }
    }
  };
  const set = (day: number, hour: number, isIn: boolean): void => {
    if (lines.some((line) => readLine(line.value) === null)) return; // what cannot be read is not written over
    for (const [at, spans] of withHour(week(), day, hour, isIn).entries()) {
      const line = lines[at];
      if (line) line.value = writeLine(spans);
    }
    draw();
  };
  const announceChange = (): void => void grid.dispatchEvent(new Event("change", { bubbles: true }));
  const isIn = (day: number, hour: number): boolean => coveredOf(week(), day, hour) !== null;

  const focus = (day: number, hour: number): void => {
    for (const cell of cells.flat()) cell.tabIndex = -1;
    const cell = cellAt(day, hour);
    if (!cell) return;
    cell.tabIndex = 0;
    cell.focus();
  };
  grid.addEventListener("keydown", (event) => {
    const step = STEPS[event.key];
    const place = placeOf(event.target);
    if (!step || !place) return;
    event.preventDefault();
    const across = getComputedStyle(grid).gridTemplateColumns.split(" ").length > DAYS + 1;
    const [days, hours] = across ? step : [step[1], step[0]];
    const [day, hour] = [Math.min(DAYS - 1, Math.max(0, place[0] + days)), Math.min(HOURS - 1, Math.max(0, place[1] + hours))];
    if (event.shiftKey && isIn(day, hour) !== isIn(...place)) set(day, hour, isIn(...place));
    focus(day, hour);
    if (event.shiftKey) announceChange();
  });

  // A mouse or a pen paints while it is held down; a finger scrolls, so it ticks one by one.
  let paints: boolean | null = null;
  grid.addEventListener("pointerdown", (event) => {
    const place = placeOf(event.target);
    if (!place || event.pointerType === "touch" || event.button !== 0) return;
    event.preventDefault();
    paints = !isIn(...place);
    set(...place, paints);
    focus(...place);
  });
  grid.addEventListener("pointerover", (event) => {
    const place = placeOf(event.target);
    if (place && paints !== null && isIn(...place) !== paints) set(...place, paints);
  });
  addEventListener("pointerup", () => {
    if (paints !== null) announceChange();
    paints = null;
  });
  grid.addEventListener("click", (event) => {
    const place = placeOf(event.target);
    const byPointer = event.detail > 0 && (event as PointerEvent).pointerType !== "touch";
    if (!place || byPointer) return; // painted already
    set(...place, !isIn(...place));
    focus(...place);
    announceChange();
  });

  for (const line of lines) line.addEventListener("input", draw);
  document.addEventListener("click", () => setTimeout(draw)); // hours of many days are filled in by a button
  grid.hidden = false;
  draw();
};

document.querySelectorAll<HTMLElement>("[data-week]").forEach(makeGrid);

export {};
