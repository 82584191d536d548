import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Line } from "./games/game";
import type { Shown } from "./stage";
import { item } from "./stages.rig";

const seen: { shown: Shown[]; states: unknown[]; line: Line | null } = { shown: [], states: [], line: null };

vi.mock("./games/game", () => ({
  Game: class {
    constructor(_hello: unknown, _say: unknown, line: Line) {
      seen.line = line;
    }
    update = (shown: Shown): void => void seen.shown.push(shown);
    hear = (state: unknown): void => void seen.states.push(state);
  },
}));

class FakeElement {
  textContent = "";
  hidden = false;
}

const state = { spot: 5000, joined: 1, positions: [], result: null };
const trial = (now_ms: number): unknown => ({ now_ms, starts_ms: 5000, ends_ms: 25_000, item: item("game"), state });

let elements: Record<string, FakeElement>;
let answers: Response[];
let requests: { url: string; body: unknown }[];

const json = (body: unknown, status = 200): Response => new Response(JSON.stringify(body), { status });
const open = async (...given: Response[]): Promise<void> => {
  answers = given;
  await import("./try");
  await vi.advanceTimersByTimeAsync(0);
};

beforeEach(() => {
  vi.resetModules();
  vi.useFakeTimers();
  [seen.shown, seen.states, requests] = [[], [], []];
  elements = { try: new FakeElement(), offline: new FakeElement() };
  elements.try!.textContent = JSON.stringify({ language: "en", stage: { media_base: "" } });
  vi.stubGlobal("HTMLElement", FakeElement);
  vi.stubGlobal("location", { pathname: "/try/secret" });
  vi.stubGlobal("document", { hidden: false, getElementById: (id: string) => elements[id] ?? null });
  vi.stubGlobal("fetch", (url: string, how: RequestInit) => {
    requests.push({ url, body: typeof how.body === "string" ? JSON.parse(how.body) : null });
    const answer = answers.shift();
    return answer ? Promise.resolve(answer) : Promise.reject(new Error("no network"));
  });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test("the game is on from its start to its end, by the server's clock", async () => {
  await open(json(trial(4000)), json(trial(6000)), json(trial(26_000)));
  await vi.advanceTimersByTimeAsync(600);
  expect(seen.shown.map(({ kind, starts_ms }) => [kind, starts_ms])).toEqual([["nothing", 5000], ["item", 5000], ["nothing", 5000]]);
  expect(seen.states).toEqual([state, state, state]);
});

test("a page keeps its name when it joins again", async () => {
  await open(json(trial(6000)), json({ seat: 0 }), json({ seat: 0 }));
  await seen.line?.join(5000);
  await seen.line?.join(5000);
  const joins = requests.slice(1);
  expect(joins.map(({ url }) => url)).toEqual(["/try/secret/seat", "/try/secret/seat"]);
  expect(joins[0]?.body).toMatchObject({ phone: expect.stringMatching(/^[0-9a-f]{16}$/) as string });
  expect(joins[1]?.body).toEqual(joins[0]?.body);
});

test("a trial that is over is fetched no more", async () => {
  await open(json({ error: {} }, 404), json(trial(6000)));
  await vi.advanceTimersByTimeAsync(60_000);
  expect(requests).toHaveLength(1);
  expect(elements.offline).toMatchObject({ hidden: false, textContent: expect.stringContaining("over") as string });
});

test("a server that does not answer is tried again, and the notice goes", async () => {
  await open();
  expect(elements.offline?.hidden).toBe(false);
  answers = [json(trial(6000))];
  await vi.advanceTimersByTimeAsync(3000);
  expect(elements.offline?.hidden).toBe(true);
  expect(seen.shown).toHaveLength(1);
});
