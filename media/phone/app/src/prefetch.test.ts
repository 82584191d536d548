import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Prefetch } from "./prefetch";
import type { MediaRef } from "./wire";

const refOf = (digest: string): MediaRef => ({ digest, mime: "video/mp4", bytes: 3, duration_ms: null, width: null, height: null });
const digestOf = (url: string): string => url.split("/").at(-1) ?? "";

let fetched: string[] = [];
let answer: (digest: string, signal: AbortSignal) => Promise<Response>;

beforeEach(() => {
  vi.useFakeTimers();
  fetched = [];
  answer = async (digest) => new Response(digest);
  vi.stubGlobal("fetch", (url: string, how: { signal: AbortSignal }) => {
    fetched.push(digestOf(url));
    return answer(digestOf(url), how.signal);
  });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const settle = (ms = 0): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);

test("a file that cannot be fetched delays no other", async () => {
  answer = async (digest) => (digest === "bad" ? Promise.reject(new TypeError("refused")) : new Response(digest));
  const prefetch = new Prefetch("http://media.example");
  prefetch.request([refOf("bad")]);
  await settle();
  prefetch.request([refOf("bad"), refOf("good")]);
  await settle();
  expect(prefetch.has(refOf("good"))).toBe(true);
  expect(fetched).toEqual(["bad", "good"]);
  await settle(5000);
  prefetch.request([refOf("bad"), refOf("good")]);
  await settle();
  expect(fetched).toEqual(["bad", "good", "bad"]);
});

test("a download that stalls is given up, and the next one begins", async () => {
  const stalling = (signal: AbortSignal): Promise<Response> =>
    new Promise((_, failed) => signal.addEventListener("abort", () => failed(new DOMException("stalled", "AbortError"))));
  answer = async (digest, signal) => (digest === "stalls" ? stalling(signal) : new Response(digest));
  const prefetch = new Prefetch("http://media.example");
  prefetch.request([refOf("stalls"), refOf("good")]);
  await settle(9000);
  expect(prefetch.has(refOf("good"))).toBe(false);
  await settle(2000);
  expect(prefetch.has(refOf("good"))).toBe(true);
});

test("a stored file is read from memory, and one download serves all who want the file", async () => {
  const prefetch = new Prefetch("http://media.example");
  const bytes = await Promise.all([prefetch.read(refOf("song")), prefetch.read(refOf("song"))]);
  expect(bytes.map((part) => new TextDecoder().decode(part))).toEqual(["song", "song"]);
  await prefetch.read(refOf("song"));
  expect(fetched).toEqual(["song"]);
  expect(prefetch.url(refOf("song"))).toMatch(/^blob:/);
});
