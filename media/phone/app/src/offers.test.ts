import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { afterHint, Offers, offerState } from "./offers";
import type { Stock } from "./wire";

const here = { code: "BCDFGH", presence: "abc", token: "", fromBox: false };
const offer = { id: "o1", presence: true };
const open: Stock = { offer: "o1", left: 12, standing: "open" };
const unknown = { stock: undefined, claimed: undefined, busy: false };

test("an offer with pieces left can be claimed, and shows how many", () => {
  expect(offerState(offer, { ...unknown, stock: open }, here)).toEqual({ can: "claim", left: 12 });
});

test("an offer that is out is not shown as claimable", () => {
  const stock = afterHint(open, { offer: "o1", left: 0 });
  expect(offerState(offer, { ...unknown, stock }, here)).toEqual({ can: "nothing", why: "sold_out" });
});

test("a piece that came back makes it claimable again, but a hint opens no paused offer", () => {
  expect(afterHint({ ...open, left: 0, standing: "sold_out" }, { offer: "o1", left: 1 }).standing).toBe("open");
  expect(afterHint({ ...open, standing: "paused" }, { offer: "o1", left: 1 }).standing).toBe("paused");
});

test("a phone that is not at the screen must scan; the box's own page is presence", () => {
  const away = { ...here, presence: "" };
  expect(offerState(offer, { ...unknown, stock: open }, away)).toEqual({ can: "nothing", why: "scan" });
  expect(offerState(offer, { ...unknown, stock: open }, { ...away, fromBox: true }).can).toBe("claim");
});

test("what was claimed can be opened, also when the offer is out", () => {
  const stock: Stock = { ...open, left: 0, standing: "sold_out" };
  expect(offerState(offer, { stock, claimed: "/w/x", busy: false }, here)).toEqual({ can: "open", url: "/w/x" });
});

const answered = (status: number, body: object): Response => new Response(JSON.stringify(body), { status });
const keyOf = (call: unknown[] | undefined): string =>
  ((call?.[1] as RequestInit | undefined)?.headers as Record<string, string>)["Idempotency-Key"] ?? "";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

async function claimWith(offers: Offers): Promise<void> {
  const claiming = offers.claim("o1");
  await vi.advanceTimersByTimeAsync(60_000);
  await claiming;
}

test("one tap is one key, however often it is sent, and a tap after no answer keeps it", async () => {
  const fetching = vi.fn().mockRejectedValue(new TypeError("no network"));
  vi.stubGlobal("fetch", fetching);
  const offers = new Offers(here, [open], () => undefined);
  await claimWith(offers);
  expect(offers.trouble("o1")?.code).toBe("offline");
  fetching.mockResolvedValue(answered(201, { claim: "c1", wallet_url: "http://x/w/1" }));
  await claimWith(offers);
  expect(offers.state(offer)).toEqual({ can: "open", url: "http://x/w/1" });
  expect(new Set(fetching.mock.calls.map(keyOf)).size).toBe(1);
  expect(fetching).toHaveBeenCalledTimes(4);
});

test("a busy server is tried again when it says so, with the same key", async () => {
  const busy = new Response("{}", { status: 503, headers: { "Retry-After": "5" } });
  const fetching = vi.fn().mockResolvedValueOnce(busy);
  fetching.mockResolvedValue(answered(201, { claim: "c1", wallet_url: "http://x/w/1" }));
  vi.stubGlobal("fetch", fetching);
  const offers = new Offers(here, [open], () => undefined);
  const claiming = offers.claim("o1");
  await vi.advanceTimersByTimeAsync(3000);
  expect(fetching).toHaveBeenCalledTimes(1);
  expect(offers.state(offer)).toEqual({ can: "wait" });
  await vi.advanceTimersByTimeAsync(4000);
  await claiming;
  expect(offers.state(offer)).toEqual({ can: "open", url: "http://x/w/1" });
  expect(new Set(fetching.mock.calls.map(keyOf)).size).toBe(1);
});

test("a server that stays busy is named as busy, and the next tap is the same wish", async () => {
  const fetching = vi.fn(async () => new Response("{}", { status: 503, headers: { "Retry-After": "5" } }));
  vi.stubGlobal("fetch", fetching);
  const offers = new Offers(here, [open], () => undefined);
  await claimWith(offers);
  expect(offers.trouble("o1")?.code).toBe("busy");
  await claimWith(offers);
  expect(new Set(fetching.mock.calls.map(keyOf)).size).toBe(1);
});

test("a refusal ends the wish: the next tap is a new one", async () => {
  const refused = { error: { code: "presence_asked", message: "m", remedy: "r" } };
  const fetching = vi.fn(async () => answered(403, refused));
  vi.stubGlobal("fetch", fetching);
  const offers = new Offers(here, [open], () => undefined);
  await claimWith(offers);
  await claimWith(offers);
  const posts = fetching.mock.calls.filter((call: unknown[]) => (call[1] as RequestInit).method === "POST");
  expect(offers.trouble("o1")?.code).toBe("presence_asked");
  expect(new Set(posts.map(keyOf)).size).toBe(2);
});

test("a refusal says when to come back, where the server does", async () => {
  const refused = { error: { code: "too_many_new_phones", message: "m", remedy: "r" } };
  const answer = new Response(JSON.stringify(refused), { status: 429, headers: { "Retry-After": "240" } });
  vi.stubGlobal("fetch", vi.fn().mockResolvedValueOnce(answer));
  const offers = new Offers(here, [open], () => undefined);
  await claimWith(offers);
  expect(offers.trouble("o1")).toEqual({ ...refused.error, againS: 240 });
});
