// Instants of a place are written by its clock (server/web/words/dates.py); those of none, here, by the reader's.

const lang = document.documentElement.lang.startsWith("zh") ? "zh-CN" : "en-GB";

const shapes: Record<string, Intl.DateTimeFormatOptions> = {
  minute: { month: "short", day: "numeric", hour: "2-digit", minute: "2-digit" },
  second: { hour: "2-digit", minute: "2-digit", second: "2-digit" },
  day: { year: "numeric", month: "short", day: "numeric" },
};

const ownZone = Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";

/** The city after which a zone is named. */
const zoneWords = (zone: string): string => (zone.split("/").pop() ?? zone).replaceAll("_", " ");

export const spoken = (at: Date, shape: string, zone: string = ownZone): string => {
  const form = { ...(shapes[shape] ?? shapes.minute), hourCycle: "h23", timeZone: zone } as const;
  const written = new Intl.DateTimeFormat(lang, form).format(at);
  return shape === "day" ? written : `${written} ${zoneWords(zone)}`;
};

export const speakTimes = (root: ParentNode): void => {
  for (const time of root.querySelectorAll<HTMLTimeElement>("time[data-shape]")) {
    const at = new Date(time.dateTime);
    if (!Number.isNaN(at.getTime())) time.textContent = spoken(at, time.dataset.shape ?? "", time.dataset.zone);
  }
};

speakTimes(document);
document.addEventListener("htmx:afterSwap", (event) => speakTimes(event.target as HTMLElement));
document.addEventListener("htmx:oobAfterSwap", (event) => speakTimes(event.target as HTMLElement));
