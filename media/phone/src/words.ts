// The page's words in 中文 and English; the same file is read by media/phone_words.py.

import all from "../words.json";

export type Word = keyof (typeof all)["en"];
export type Say = (word: Word, facts?: Record<string, string | number>) => string;

export function sayIn(language: "en" | "zh"): Say {
  return (word, facts = {}) => all[language][word].replace(/\{(\w+)\}/g, (_, name: string) => String(facts[name] ?? ""));
}

/** What a refusal is called here; the server's own words where this page has none. */
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
