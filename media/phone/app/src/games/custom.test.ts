import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { GameMessage, Host } from "../gameframe";
import type { GameCard, GameSeat, GameState, MediaRef } from "../wire";
import { sayIn } from "../words";
import type { Play } from "./controller";
import { Custom } from "./custom";

const frames: { url: string; host: Host; isOpen: boolean; players: number }[] = [];

vi.mock("../gameframe", () => ({
  GameFrame: class {
    private readonly state;
    constructor(_box: unknown, url: string, _title: string, host: Host) {
      this.state = { url, host, isOpen: false, players: 0 };
      frames.push(this.state);
    }
    open = (): void => void (this.state.isOpen = true);
    close = (): void => void (this.state.isOpen = false);
    setPlayers = (players: number): void => void (this.state.players = players);
  },
}));

const card: GameCard = {
  kind: "custom",
  call: { zh: "", en: "Pairs" },
  play_after_ms: 6000,
  result_after_ms: 16_000,
  prize_for: "drawn",
  prizes: 1,
  prize: null,
  package: { digest: "d", mime: "application/zip" } as MediaRef,
  pictures: ["board/moon.png", "board/star.png"],
  most_score: 100,
} as GameCard;
const seat: GameSeat = { seat: 1, face: { animal: "panda", emoji: "🐼", colour: "#3cb44b" }, promise: "p", ticket: "t", over_socket: true };
const state = (more: Partial<GameState> = {}): GameState => ({ spot: 0, joined: 2, positions: [], result: null, ...more }) as GameState;
const play = (more: Partial<Play> = {}): Play => ({ card, seat, state: state(), sinceMs: 0, ...more });

class FakeElement {
  textContent = "";
  hidden = false;
  onclick: (() => void) | null = null;
  classList = { toggle: () => undefined };
}

let elements: Map<string, FakeElement>;
let changes: number;
let custom: Custom;

const at = (id: string): FakeElement => {
  const found = elements.get(id) ?? new FakeElement();
  elements.set(id, found);
  return found;
};
const send = (...messages: GameMessage[]): void => messages.forEach((message) => frames.at(-1)?.host.received(message));

beforeEach(() => {
  elements = new Map();
  frames.length = changes = 0;
  for (const name of ["HTMLElement", "HTMLButtonElement"]) vi.stubGlobal(name, FakeElement);
  vi.stubGlobal("document", { getElementById: at });
  vi.stubGlobal("navigator", {});
  vi.stubGlobal("matchMedia", () => ({ matches: true }));
  custom = new Custom(card, {
    say: sayIn("en"),
    language: "en",
    mediaBase: "https://m.example",
    phoneMs: (after) => 1000 + after,
    words: ({ en }) => en,
    changed: () => void (changes += 1),
  });
});

afterEach(() => vi.unstubAllGlobals());

test("the game loads once this phone has its seat, and is seen while it is played", () => {
  custom.draw(play({ seat: null }), false);
  expect(frames).toHaveLength(0);
  custom.draw(play(), false);
  custom.draw(play(), true);
  expect(frames).toMatchObject([{ url: "https://m.example/media/d/index.html", isOpen: true, players: 2 }]);
  expect(at("game-frame").hidden).toBe(true);
  frames[0]?.host.covered(null);
  custom.draw(play(), true);
  expect(at("game-frame").hidden).toBe(false);
});

test("it hears who plays and when, by this phone's clock", () => {
  custom.draw(play(), true);
  expect(frames[0]?.host.start()).toEqual({
    player: { seat: 1, animal: "panda", emoji: "🐼", colour: "#3cb44b" },
    players: 2,
    starts_ms: 7000,
    ends_ms: 17_000,
    language: "en",
    reduced_motion: true,
  });
});

test("what it reports is sent, and the screen shows the score until the game names something else", () => {
  custom.draw(play(), true);
  send({ do: "input" }, { do: "score", value: 40 }, { do: "score", value: 30 });
  expect(custom.input).toEqual({ taps: 1, score: 40, finished: false, board: 40, picture: -1 });
  send({ do: "board", value: 3 }, { do: "board", value: "board/star.png" }, { do: "finish" });
  expect(custom.input).toEqual({ taps: 1, score: 40, finished: true, board: 3, picture: 1 });
  send({ do: "board", value: 4 });
  expect(custom.input).toMatchObject({ board: 4, picture: -1 });
});

test("what the referee would refuse is not sent", () => {
  custom.draw(play(), true);
  send({ do: "score", value: 101 }, { do: "board", value: 101 }, { do: "board", value: "img/secret.png" });
  expect(custom.input).toEqual({ taps: 0, score: 0, finished: false, board: 0, picture: -1 });
});

test("a game that does not answer can be started again", () => {
  custom.draw(play(), true);
  frames[0]?.host.covered("silent");
  custom.draw(play(), true);
  expect([changes, custom.line(), at("game-again").hidden]).toEqual([1, "The game does not answer.", false]);
});

test("with the result, or something else on the screen, the frame is closed", () => {
  custom.draw(play(), true);
  custom.draw(play({ state: state({ result: { places: [], winners: [], seed: "", without_prize: [], cut_short: false } }) }), false);
  expect(frames[0]?.isOpen).toBe(false);
  expect(at("game-frame").hidden).toBe(true);
});
