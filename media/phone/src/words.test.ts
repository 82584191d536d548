import { expect, test } from "vitest";
import all from "../words.json";
import { agoText, clockText, sayIn } from "./words";

test("every word is there in both languages, with the same facts in it", () => {
  const facts = (text: string): string[] => [...text.matchAll(/\{\w+\}/g)].map(String).sort();
  expect(Object.keys(all.zh)).toEqual(Object.keys(all.en));
  for (const word of Object.keys(all.en) as (keyof typeof all.en)[]) {
    expect(facts(all.zh[word])).toEqual(facts(all.en[word]));
  }
});

test("facts are filled in", () => {
  expect(sayIn("zh")("left", { n: 12 })).toBe("还剩 12 份");
});

test("a countdown is rounded up, and what was is told in minutes", () => {
  expect(clockText(6_001)).toBe("0:07");
  expect(clockText(750_000)).toBe("12:30");
  expect(agoText(sayIn("en"), 59_000)).toBe("just now");
  expect(agoText(sayIn("en"), 125_000)).toBe("2 min ago");
});
