import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Departure, takeOver, withHandover } from "./handover";

const storage = new Map<string, string>();
let sent: { address: string; body: unknown }[] = [];
let answers: (Response | Error)[] = [];
let cleaned: string[] = [];

function open(hash: string): void {
  vi.stubGlobal("location", { hash, pathname: "/s/BCDFGH", search: "?p=xyz" });
}

beforeEach(() => {
  [sent, answers, cleaned] = [[], [], []];
  storage.clear();
  vi.useFakeTimers();
  vi.stubGlobal("sessionStorage", {
    getItem: (name: string) => storage.get(name) ?? null,
    setItem: (name: string, value: string) => storage.set(name, value),
    removeItem: (name: string) => storage.delete(name),
  });
  vi.stubGlobal("history", { state: null, replaceState: (_: unknown, __: string, to: string) => cleaned.push(to) });
  vi.stubGlobal("fetch", (address: string, how: RequestInit) => {
    sent.push({ address, body: JSON.parse(String(how.body)) });
    const answer = answers.shift() ?? new Error("offline");
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
  });
});

afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

const json = (status: number, body: object): Response => new Response(JSON.stringify(body), { status });

test("the token goes along in the part of the address that no server logs", () => {
  expect(withHandover("https://s.example/s/A?p=x", "id.1.mac")).toBe("https://s.example/s/A?p=x#coupons=id.1.mac");
  expect(withHandover("https://s.example/s/A", "")).toBe("https://s.example/s/A");
});

test("a token stays when the box does not answer", async () => {
  const departure = new Departure("page token");
  answers = [json(409, { error: {} }), json(201, { token: "first" }), new Error("gone"), json(503, {})];
  const tokens: string[] = [];
  for (let turn = 0; turn < 4; turn += 1) {
    await departure.renew();
    tokens.push(departure.token);
  }
  expect(tokens).toEqual(["", "first", "first", "first"]);
  expect(sent[0]?.address).toBe("/api/v1/wallet/handover?t=page%20token");
});

test("the coupons come along once the network is there, and the address is clean at once", async () => {
  open("#coupons=id.1.mac");
  answers = [new Error("offline"), json(503, {}), json(200, { coupons: 2 })];
  const coming = takeOver("");
  expect(cleaned).toEqual(["/s/BCDFGH?p=xyz"]);
  expect([...storage.values()]).toEqual(["id.1.mac"]);
  await vi.advanceTimersByTimeAsync(7000);
  expect(await coming).toBe(2);
  expect(sent.map(({ body }) => body)).toEqual(Array(3).fill({ token: "id.1.mac" }));
  expect(storage.size).toBe(0);
});

test("a page that was loaded anew meanwhile goes on with its token", async () => {
  storage.set("liftcast-coupons", "id.1.mac");
  open("");
  answers = [json(200, { coupons: 1 })];
  expect(await takeOver("")).toBe(1);
});

test("a token that the server refuses is not sent again", async () => {
  open("#coupons=old");
  answers = [json(404, { error: {} })];
  expect(await takeOver("")).toBe(0);
  expect(storage.size).toBe(0);
  expect(sent).toHaveLength(1);
});

test("another page takes nothing over", async () => {
  open("#fault");
  expect(await takeOver("")).toBe(0);
  expect(sent).toEqual([]);
});

test("a captive sheet, which has neither cookies nor storage, takes its coupons over by its token", async () => {
  vi.stubGlobal("sessionStorage", null);
  open("#coupons=id.1.mac");
  answers = [json(200, { coupons: 1 })];
  expect(await takeOver("page token")).toBe(1);
  expect(sent.map(({ address }) => address)).toEqual(["/api/v1/wallet/takeover?t=page%20token"]);
});
