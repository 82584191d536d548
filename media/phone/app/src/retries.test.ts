import { expect, test } from "vitest";
import { Retries } from "./retries";

const at = { ms: 0 };
const retriesFrom = (ms: number): Retries => {
  at.ms = ms;
  return new Retries(1000, () => at.ms);
};

test("what failed waits, and nothing else does", () => {
  const retries = retriesFrom(0);
  retries.failed("a");
  expect(retries.mayTry("a")).toBe(false);
  expect(retries.mayTry("b")).toBe(true);
  at.ms = 1000;
  expect(retries.mayTry("a")).toBe(true);
});

test("each failure in a row doubles the wait, up to a minute", () => {
  const retries = retriesFrom(0);
  retries.failed("a");
  retries.failed("a");
  at.ms = 1999;
  expect(retries.mayTry("a")).toBe(false);
  at.ms = 2000;
  expect(retries.mayTry("a")).toBe(true);
  for (let more = 0; more < 20; more += 1) retries.failed("a");
  at.ms = 62_000;
  expect(retries.mayTry("a")).toBe(true);
});

test("success forgets the failures before it", () => {
  const retries = retriesFrom(0);
  retries.failed("a");
  retries.failed("a");
  retries.succeeded("a");
  expect(retries.mayTry("a")).toBe(true);
  retries.failed("a");
  at.ms = 1000;
  expect(retries.mayTry("a")).toBe(true);
});
