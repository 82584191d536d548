import { afterEach, expect, test, vi } from "vitest";
import { boxIsGone, cameFromBox, publicAddress } from "./move";

const silent = (): Promise<never> => Promise.reject(new Error("gone"));
const there = (): Promise<void> => Promise.resolve();

afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

test("a page is from a box when its origin is not the public one", () => {
  expect(cameFromBox("https://screens.example.org", "http://10.20.0.1")).toBe(true);
  expect(cameFromBox("https://screens.example.org/", "https://screens.example.org")).toBe(false);
});

test("code, scanned item and presence move along", () => {
  const address = publicAddress("https://s.example", { code: "BCDFGH", scanned: "a-b", presence: "xyz" });
  expect(address).toBe("https://s.example/s/BCDFGH?i=a-b&p=xyz");
  expect(publicAddress("https://s.example", { code: "BCDFGH", scanned: "", presence: "" })).toBe("https://s.example/s/BCDFGH");
});

async function movesWithin(ms: number, box: { ping: () => Promise<unknown>; request: () => Promise<unknown> }): Promise<boolean> {
  vi.useFakeTimers();
  vi.stubGlobal("window", { addEventListener: () => undefined });
  let moved = false;
  void boxIsGone("https://s.example", box).then(() => (moved = true));
  await vi.advanceTimersByTimeAsync(ms);
  return moved;
}

test("it moves when the box is silent and the public address answers", async () => {
  vi.stubGlobal("fetch", there);
  expect(await movesWithin(3000, { ping: silent, request: silent })).toBe(true);
});

test("it stays while the box answers, even where only the socket broke", async () => {
  vi.stubGlobal("fetch", there);
  expect(await movesWithin(10_000, { ping: silent, request: there })).toBe(false);
});

test("it stays where nothing answers: the page goes on from what it holds", async () => {
  vi.stubGlobal("fetch", silent);
  expect(await movesWithin(10_000, { ping: silent, request: silent })).toBe(false);
});
