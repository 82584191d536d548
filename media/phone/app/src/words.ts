// The page's words in 中文 and English; the same file is read by media/phone/words.py.

import all from "../../words.json";

export type Word = keyof (typeof all)["en"];
export type Say = (word: Word, facts?: Record<string, string | number>) => string;

export function sayIn(language: "en" | "zh"): Say {
  return (word, facts = {}) => all[language][word].replace(/\{(\w+)\}/g, (_, name: string) => String(facts[name] ?? ""));
}

/** This page's words for a refusal; the server's own where it has none. */
export const hasWord = (word: string): word is Word => word in all.en;

/** `0:07`, `12:30`: rounded up, so that nothing is due at 0:00. */
export function clockText(ms: number): string {
  const seconds = Math.max(Math.ceil(ms / 1000), 0);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

export function agoText(say: Say, ms: number): string {
  const minutes = Math.floor(ms / 60_000);
  return minutes < 1 ? say("just_now") : say("minutes_ago", { n: minutes });
}

/** `Try again in 5 min.`: rounded up, so that nobody who waits so long is too early. */
export function againText(say: Say, seconds: number): string {
  return seconds < 90 ? say("again_seconds", { n: seconds }) : say("again_minutes", { n: Math.ceil(seconds / 60) });
}

const regions = { en: "en-GB", zh: "zh-CN" } as const;
const NEAR_MS = 18 * 3_600_000;

type Language = "en" | "zh";

const timeShape = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" } as const;

/** In the zone; null where it is not known here. Without a zone, in this phone's own. */
function timeText(language: Language, zone: string | undefined, atMs: number, shape: Intl.DateTimeFormatOptions): string | null {
  try {
    return new Intl.DateTimeFormat(regions[language], { ...shape, timeZone: zone || undefined }).format(atMs);
  } catch {
    return null;
  }
}

/** Time and date in a zone; null where it is not known here: no time is better than a wrong one. */
export function clockIn(zone: string, atMs: number, language: Language): { time: string; date: string } | null {
  const time = timeText(language, zone, atMs, timeShape);
  const date = timeText(language, zone, atMs, { weekday: "long", day: "numeric", month: "long" });
  return time && date ? { time, date } : null;
}

/** When the screen is back: the day too, where the time alone could mean another one; null as above. */
export function openingTime(zone: string | undefined, atMs: number, nowMs: number, language: Language): string | null {
  const time = timeText(language, zone, atMs, timeShape);
  if (!time || atMs - nowMs < NEAR_MS) return time;
  return `${timeText(language, zone, atMs, { weekday: "long" })} ${time}`;
}
