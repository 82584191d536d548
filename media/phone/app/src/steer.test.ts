import { expect, test } from "vitest";
import { audioTimeAt, join, learnLead, mayCorrect, median, steer } from "./steer";

test("an error within the dead band is left alone", () => {
  expect(steer(8)).toEqual({ do: "nothing" });
  expect(steer(-8)).toEqual({ do: "nothing" });
});

test("one pulse makes the whole error good", () => {
  expect(steer(20)).toMatchObject({ do: "pulse", rate: 0.95 });
  const late = steer(-100);
  expect(late).toMatchObject({ do: "pulse", rate: 1.05 });
  expect(late.do === "pulse" && late.for_ms * (late.rate - 1)).toBeCloseTo(100);
});

test("what would take seconds of pulse is a seek", () => {
  expect(steer(-251)).toEqual({ do: "seek" });
});

test("a film that is due later starts at its instant, from its first frame", () => {
  expect(join(10_000, 8_000, 9_000, false)).toEqual({ do: "start", at_ms: 10_000, from_ms: 0 });
});

test("who comes late starts a little further on", () => {
  expect(join(10_000, 8_000, 12_000, false)).toEqual({ do: "start", at_ms: 13_200, from_ms: 3_200 });
});

test("a loaded film that is a blink late is played at once", () => {
  expect(join(10_000, 8_000, 10_030, true)).toMatchObject({ at_ms: 10_030, from_ms: 0 });
});

test("nobody is taken into the last two seconds", () => {
  expect(join(10_000, 8_000, 14_801, false)).toEqual({ do: "skip" });
  expect(mayCorrect(5_999, 8_000)).toBe(true);
  expect(mayCorrect(6_000, 8_000)).toBe(false);
});

test("the lead follows late starts, slowly and within reason", () => {
  expect(learnLead(20, -10)).toBe(24);
  expect(learnLead(2, 100)).toBe(0);
  expect(learnLead(140, -100)).toBe(150);
});

test("the median is not moved by one wild frame", () => {
  expect(median([1, 2, 3, 900])).toBe(2.5);
  expect(median([5, 1, 3])).toBe(3);
});

test("sound is scheduled by what is heard, or by the latency where that is unknown", () => {
  const audio = { contextTime: 2, performanceTime: 1000, currentTime: 2.1, nowMs: 1050, latency: 0.05 };
  expect(audioTimeAt(1500, audio)).toBeCloseTo(2.5);
  expect(audioTimeAt(1500, { ...audio, contextTime: 0, performanceTime: 0 })).toBeCloseTo(2.5);
});
