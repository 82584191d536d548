import { expect, test } from "vitest";
import { agreeing, bestOf, errorAt, fitClock, offsetAt, sampleOf, type Sample } from "./clock";

const sample = (at: number, offset: number, error: number): Sample => ({ at, offset, error });

test("an even way there and back gives the exact offset", () => {
  expect(sampleOf({ t0: 100, t1: 5110, t2: 5112 }, 122)).toEqual({ at: 111, offset: 5000, error: 10 });
});

test("the truth lies within the error, however uneven the way", () => {
  const { offset, error } = sampleOf({ t0: 100, t1: 5101, t2: 5101 }, 141);
  expect(Math.abs(offset - 5000)).toBeLessThanOrEqual(error);
});

test("the first two pings only wake the radio", () => {
  const burst = [sample(0, 1, 0.1), sample(1, 1, 0.1), sample(2, 5, 3), sample(3, 6, 2)];
  expect(bestOf(burst)?.offset).toBe(6);
  expect(bestOf(burst.slice(0, 2))?.offset).toBe(1);
  expect(bestOf([])).toBeUndefined();
});

test("over a short span the surest sample counts", () => {
  const fit = fitClock([sample(0, 1000, 20), sample(10_000, 1003, 0.5), sample(20_000, 990, 30)]);
  expect(fit?.offset).toBe(1003);
  expect(fit?.skew).toBe(0);
});

test("over minutes the skew is found, and carries between bursts", () => {
  const samples = [0, 1, 2, 3, 4, 5].map((n) => sample(n * 25_000, 1000 + n * 25_000 * 40e-6, 1));
  const fit = fitClock(samples);
  expect(fit && fit.skew * 1e6).toBeCloseTo(40, 3);
  expect(fit && offsetAt(fit, 150_000)).toBeCloseTo(1006, 6);
});

test("a clock that was set drops what was known before", () => {
  expect(agreeing([sample(0, 1000, 5), sample(1000, 9000, 5)])).toHaveLength(1);
  expect(fitClock([sample(0, 1000, 5), sample(1000, 9000, 5)])?.offset).toBe(9000);
});

test("the error bound grows while nobody looks", () => {
  const fit = fitClock([sample(0, 1000, 2)]);
  expect(fit && errorAt(fit, 60_000)).toBeCloseTo(8, 6);
});
