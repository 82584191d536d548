import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type Cover, GameFrame, LOADS_MS, MessageLimit, type GameMessage, SILENT_MS, readMessage } from "./gameframe";

const start = {
  player: { seat: 1, animal: "panda", emoji: "🐼", colour: "#3cb44b" },
  players: 2,
  starts_ms: 0,
  ends_ms: 10_000,
  language: "en" as const,
  reduced_motion: false,
};

const inside = { postMessage: (message: string) => void posted.push(message) };
let posted: string[];
let said: GameMessage[];
let covers: Cover[];
let attributes: Record<string, string>;
let listeners: ((event: unknown) => void)[];
let isGone: boolean;
let frame: GameFrame;

const hear = (message: object, source: unknown = inside): void =>
  listeners.forEach((listener) => listener({ source, data: JSON.stringify(message) }));

beforeEach(() => {
  vi.useFakeTimers();
  [posted, said, covers, attributes, listeners, isGone] = [[], [], [], {}, [], false];
  const element = {
    contentWindow: inside,
    setAttribute: (name: string, value: string) => void (attributes[name] = value),
    remove: () => void (isGone = true),
  };
  vi.stubGlobal("document", { createElement: () => element, hidden: false });
  vi.stubGlobal("window", {
    addEventListener: (_: string, listener: (event: unknown) => void) => void listeners.push(listener),
    removeEventListener: () => void (listeners = []),
    setInterval: (work: () => void, ms: number) => setInterval(work, ms),
  });
  const box = { replaceChildren: () => undefined } as unknown as HTMLElement;
  const host = { start: () => start, received: (more: GameMessage) => said.push(more), covered: (cover: Cover) => covers.push(cover) };
  frame = new GameFrame(box, "/media/d/index.html", "Game", host);
  frame.open();
});

afterEach(() => {
  frame.close();
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

test("the frame may run scripts, and nothing else", () => {
  expect(attributes.sandbox).toBe("allow-scripts");
});

test("a game that is ready hears who plays, and then what it says counts", () => {
  hear({ do: "score", value: 3 });
  hear({ do: "ready" });
  hear({ do: "score", value: 4 });
  hear({ do: "beat" });
  expect(posted.map((message) => JSON.parse(message))).toEqual([{ do: "start", start }]);
  expect(said).toEqual([{ do: "score", value: 4 }]);
  expect(covers.slice(0, 2)).toEqual(["loading", null]);
});

test("what another window says is not heard", () => {
  hear({ do: "ready" }, {});
  expect(posted).toEqual([]);
});

test("a game that is silent for three seconds is covered until it answers", () => {
  hear({ do: "ready" });
  vi.advanceTimersByTime(SILENT_MS - 500);
  expect(covers.at(-1)).toBe(null);
  vi.advanceTimersByTime(500);
  expect(covers.at(-1)).toBe("silent");
  hear({ do: "beat" });
  expect(covers.at(-1)).toBe(null);
});

test("a game that never loads is covered too, after longer", () => {
  vi.advanceTimersByTime(LOADS_MS - 500);
  expect(covers.at(-1)).toBe("loading");
  vi.advanceTimersByTime(500);
  expect(covers.at(-1)).toBe("silent");
});

test("a game that floods the page is ended", () => {
  hear({ do: "ready" });
  for (let sent = 0; sent < 500; sent++) hear({ do: "beat" });
  expect(covers.at(-1)).toBe("stopped");
  expect(isGone).toBe(true);
});

test("it hears when more phones join, once", () => {
  hear({ do: "ready" });
  frame.setPlayers(3);
  frame.setPlayers(3);
  expect(posted.slice(1).map((message) => JSON.parse(message))).toEqual([{ do: "players", players: 3 }]);
});

test("only what the SDK sends is read", () => {
  expect(readMessage('{"do":"board","value":"board/star.png"}')).toEqual({ do: "board", value: "board/star.png" });
  expect(readMessage('{"do":"finish","value":9}')).toEqual({ do: "finish" });
  const others = ['{"do":"score","value":-1}', '{"do":"score","value":1.5}', '{"do":"score","value":"9"}', '{"do":"eval"}', "null", "{", "[]"];
  for (const other of [...others, `{"do":"board","value":"${"x".repeat(300)}"}`, { do: "ready" }, 7, null]) expect(readMessage(other)).toBe(null);
});

test("a steady thirty messages a second are all read", () => {
  const limit = new MessageLimit(0);
  for (let sent = 1; sent <= 300; sent++) expect(limit.take(sent * 34)).toBe("good");
});
