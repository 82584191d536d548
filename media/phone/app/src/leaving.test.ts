import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Leaving } from "./leaving";

const hear: Record<string, (event: unknown) => void> = {};

const tap = (href: string, more: object = {}): void => {
  hear["click"]?.({ target: { closest: () => ({ href }) }, defaultPrevented: false, ...more });
};

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("addEventListener", (name: string, heard: (event: unknown) => void) => (hear[name] = heard));
});

afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

test("a tapped link and a sent form are under way", () => {
  const leaving = new Leaving();
  expect(leaving.underWay).toBe(false);
  tap("https://s.example/wallet");
  expect(leaving.underWay).toBe(true);
  hear["pageshow"]?.({});
  expect(leaving.underWay).toBe(false);
  hear["submit"]?.({ defaultPrevented: false });
  expect(leaving.underWay).toBe(true);
});

test("what the page keeps to itself leads nowhere: a handled tap, a tap beside links, a link that does not count", () => {
  const leaving = new Leaving((address) => address.origin !== "http://10.20.0.1");
  tap("https://s.example/w/1", { defaultPrevented: true });
  hear["click"]?.({ target: { closest: () => null }, defaultPrevented: false });
  tap("http://10.20.0.1/s/ABC234");
  expect(leaving.underWay).toBe(false);
  tap("https://s.example/w/1");
  expect(leaving.underWay).toBe(true);
});

test("one that comes to nothing holds the page up for half a minute at most", () => {
  const leaving = new Leaving();
  tap("https://s.example/wallet");
  vi.advanceTimersByTime(29_000);
  expect(leaving.underWay).toBe(true);
  vi.advanceTimersByTime(1_000);
  expect(leaving.underWay).toBe(false);
});
