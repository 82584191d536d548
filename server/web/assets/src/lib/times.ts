// Instants are written in UTC by the server; here they get the clock of whoever reads, or the zone they belong to.

const lang = document.documentElement.lang.startsWith("zh") ? "zh-CN" : "en-GB";

const shapes: Record<string, Intl.DateTimeFormatOptions> = {
  minute: { month: "short", day: "numeric", hour: "2-digit", minute: "2-digit" },
  second: { hour: "2-digit", minute: "2-digit", second: "2-digit" },
  day: { year: "numeric", month: "short", day: "numeric" },
};

export const spoken = (at: Date, shape: string, zone?: string): string =>
  new Intl.DateTimeFormat(lang, { ...(shapes[shape] ?? shapes.minute), hourCycle: "h23", timeZone: zone }).format(at);

export const speakTimes = (root: ParentNode): void => {
  for (const time of root.querySelectorAll<HTMLTimeElement>("time[data-shape]")) {
    const at = new Date(time.dateTime);
    if (!Number.isNaN(at.getTime())) time.textContent = spoken(at, time.dataset.shape ?? "", time.dataset.zone);
  }
};

speakTimes(document);
document.addEventListener("htmx:afterSwap", (event) => speakTimes(event.target as HTMLElement));
document.addEventListener("htmx:oobAfterSwap", (event) => speakTimes(event.target as HTMLElement));
