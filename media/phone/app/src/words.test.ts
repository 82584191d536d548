import { expect, test } from "vitest";
import all from "../../words.json";
import { againText, agoText, clockIn, clockText, openingTime, sayIn } from "./words";

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

test("a countdown is rounded up, and the past is counted in minutes", () => {
  expect(clockText(6_001)).toBe("0:07");
  expect(clockText(750_000)).toBe("12:30");
  expect(agoText(sayIn("en"), 59_000)).toBe("just now");
  expect(agoText(sayIn("en"), 125_000)).toBe("2 min ago");
});

test("the time over the building's card is that of its zone", () => {
  const at = Date.UTC(2026, 10, 29, 6, 7);
  expect(clockIn("Asia/Shanghai", at, "en")).toEqual({ time: "14:07", date: "Sunday 29 November" });
  expect(clockIn("Asia/Shanghai", at, "zh")).toEqual({ time: "14:07", date: "11月29日星期日" });
  expect(clockIn("Asia/Shanghai", Date.UTC(2026, 10, 29, 16, 0), "en")?.time).toBe("00:00");
  expect(clockIn("Mars/Olympus", at, "en")).toBeNull(); // no time is better than a wrong one
});

test("a closed screen says when it is back by its own clock, and on which day if that is not near", () => {
  const at = Date.UTC(2026, 10, 29, 23, 0);
  expect(openingTime("Asia/Shanghai", at, at - 3_600_000, "en")).toBe("07:00");
  expect(openingTime("Asia/Shanghai", at, at - 30 * 3_600_000, "en")).toBe("Monday 07:00");
  expect(openingTime("Mars/Olympus", at, at - 3_600_000, "en")).toBeNull();
  expect(openingTime("Mars/Olympus", at, at - 30 * 3_600_000, "en")).toBeNull();
});

test("who waits as long as was said is not too early", () => {
  expect(againText(sayIn("en"), 20)).toBe("Try again in 20 s.");
  expect(againText(sayIn("en"), 121)).toBe("Try again in 3 min.");
});
