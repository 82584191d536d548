import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Game, REPEAT_EVERY_MS, SEND_EVERY_MS, SEND_IN_A_CROWD_EVERY_MS, isOpenAt, nextChange, phaseAt, placeOf, withPrize } from "./game";
import { Refused } from "../live";
import type { Shown } from "../stage";
import { item } from "../stages.rig";
import type { GameCard, GameResult, GameSeat, GameState, PageHello, SeatInput } from "../wire";
import { sayIn } from "../words";

/** A game of 20 s from 0 on: played from 6 s, its result from 16 s. */
const card: GameCard = {
  kind: "race",
  call: { zh: "面馆赛跑", en: "" },
  play_after_ms: 6000,
  result_after_ms: 16_000,
  prize_for: "first",
  prizes: 1,
  one_in: 1,
  questions: [],
  package: null,
  pictures: [],
  most_score: 0,
  prize: { id: "offer", merchant: "Noodle Bar", title: "Noodles", terms: "", presence: true },
  look: { colours: null, logo: null, product: null, background: null },
};
const shown = (more: Partial<Extract<Shown, { kind: "item" }>> = {}): Shown => ({
  kind: "item",
  item: { ...item("game"), kind: "game", phone: { ...item("game").phone, game: card } },
  starts_ms: 0,
  ends_ms: 20_000,
  instead: false,
  ...more,
});
const seat: GameSeat = { seat: 1, face: { animal: "panda", emoji: "🐼", colour: "#3cb44b" }, promise: "p", ticket: "t", over_socket: true };
const place = (...seats: number[]): GameResult["places"][number] => ({ seats, face: seat.face, points: 1 });
const state = (more: Partial<GameState>): GameState => ({
  spot: 0,
  joined: 2,
  promise: "",
  positions: [0, 0],
  answered: 0,
  solutions: [],
  result: null,
  ...more,
});

class FakeElement {
  textContent = "";
  hidden = false;
  disabled = false;
  value = 0;
  href = "http://box/wallet";
  src = "";
  style = { backgroundColor: "", setProperty: (name: string, value: string | null) => void (this.properties[name] = value) };
  properties: Record<string, string | null> = {};
  classes = new Set<string>();
  classList = { toggle: (name: string, on: boolean) => void (on ? this.classes.add(name) : this.classes.delete(name)) };
  listeners: Record<string, (event: unknown) => void> = {};
  addEventListener(name: string, listener: (event: unknown) => void): void {
    this.listeners[name] = listener;
  }
}

let elements: Map<string, FakeElement>;
let sent: SeatInput[];
let join: () => Promise<GameSeat>;
let answer: GameState | null;
let brings: boolean;
let late: boolean;
let game: Game;

const at = (id: string): FakeElement => {
  const found = elements.get(id) ?? new FakeElement();
  elements.set(id, found);
  return found;
};
const tap = (): void => at("game-act").listeners.pointerdown?.({ isPrimary: true });
const joined = async (): Promise<void> => {
  tap();
  await vi.advanceTimersByTimeAsync(0);
};

beforeEach(() => {
  elements = new Map();
  [sent, answer, brings, late, join] = [[], null, true, false, () => Promise.resolve(seat)];
  vi.useFakeTimers();
  vi.stubGlobal("window", { setInterval, clearInterval });
  vi.stubGlobal("navigator", {});
  for (const name of ["HTMLElement", "HTMLAnchorElement", "HTMLButtonElement", "HTMLImageElement", "HTMLProgressElement"]) vi.stubGlobal(name, FakeElement);
  vi.stubGlobal("document", { getElementById: at });
  game = new Game({ language: "en", stage: { media_base: "" } } as PageHello, sayIn("en"), {
    join: () => join(),
    bringsStates: () => brings,
    isLate: () => late,
    send: (input) => {
      sent.push(input);
      return Promise.resolve(answer);
    },
  });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test("the phases follow the clock", () => {
  expect([0, 5999, 6000, 15_999, 16_000].map((ms) => phaseAt(card, ms))).toEqual(["join", "join", "play", "play", "result"]);
  expect([10_999, 11_000].map((ms) => isOpenAt(card, ms))).toEqual([true, false]);
  expect([0, 6000, 11_000, 16_000].map((ms) => nextChange(card, 500, ms + 500))).toEqual([6500, 11_500, 16_500, Infinity]);
});

test("a phone joins, taps, and sends its first tap at once and then all of them, twenty times a second at most", async () => {
  game.update(shown(), 1000);
  expect([at("game").hidden, at("game-call").textContent]).toEqual([false, "面馆赛跑"]);
  await joined();
  expect([at("game-face").textContent, at("game-act").disabled]).toEqual(["🐼", true]);
  game.update(shown(), 6000);
  for (let nth = 0; nth < 9; nth += 1) tap();
  expect([at("game-line").textContent, at("game-act").classes.has("tapping")]).toEqual(["9 taps", true]);
  await vi.advanceTimersByTimeAsync(SEND_EVERY_MS * 3);
  expect(sent).toEqual([1, 9].map((taps) => ({ spot: 0, ticket: "t", taps })));
});

test.each([
  ["in a crowd", true, 13],
  ["over plain requests", false, 2],
])("%s it sends five times a second at most", async (_where, socket, joinedBy) => {
  [brings, late] = [socket, !socket];
  game.update(shown(), 1000);
  await joined();
  game.hear(state({ joined: joinedBy }));
  game.update(shown(), 6000);
  const before = sent.length;
  for (let nth = 0; nth < 20; nth += 1) {
    tap();
    await vi.advanceTimersByTimeAsync(SEND_EVERY_MS);
  }
  await vi.advanceTimersByTimeAsync(SEND_IN_A_CROWD_EVERY_MS);
  expect(sent.length - before).toBeLessThanOrEqual(6);
  expect(sent.at(-1)?.taps).toBe(20);
});

test("a key that is held down counts once, and a click of assistive technology counts", async () => {
  game.update(shown(), 1000);
  await joined();
  game.update(shown(), 6000);
  const { keydown, click } = at("game-act").listeners;
  const key = { key: " ", preventDefault: vi.fn() };
  for (const repeat of [false, true, true]) keydown?.({ ...key, repeat });
  keydown?.({ ...key, key: "Tab", repeat: false });
  click?.({ detail: 1 });
  click?.({ detail: 0 });
  expect([at("game-line").textContent, key.preventDefault.mock.calls.length]).toEqual(["2 taps", 3]);
});

test("a message that is lost is sent again", async () => {
  game.update(shown(), 1000);
  await joined();
  game.update(shown(), 6000);
  const failing = vi.spyOn(sent, "push").mockImplementation(() => {
    throw new Error("cut off");
  });
  tap();
  await vi.advanceTimersByTimeAsync(SEND_EVERY_MS);
  failing.mockRestore();
  await vi.advanceTimersByTimeAsync(SEND_EVERY_MS);
  expect(sent).toEqual([{ spot: 0, ticket: "t", taps: 1 }]);
});

test("without states of their own accord, they are fetched until there is a result", async () => {
  [brings, answer] = [false, state({ joined: 5 })];
  game.update(shown(), 1000);
  await joined();
  await vi.advanceTimersByTimeAsync(REPEAT_EVERY_MS + SEND_EVERY_MS);
  expect(at("game-line").textContent).toContain("5 joined");
  answer = state({ result: { places: [place(1)], winners: [], without_prize: [], seed: "", cut_short: false } });
  await vi.advanceTimersByTimeAsync(REPEAT_EVERY_MS * 2);
  const before = sent.length;
  await vi.advanceTimersByTimeAsync(REPEAT_EVERY_MS * 5);
  expect(sent.length).toBe(before);
});

test("a winner whose prize is sold out reads that it was just taken, and sees no link to a coupon", async () => {
  game.update(shown(), 1000);
  await joined();
  game.update(shown(), 16_500);
  game.hear(state({ result: { places: [place(1)], winners: [], without_prize: [1], seed: "", cut_short: false } }));
  expect(at("game-line").textContent).toContain("taken just before");
  expect(at("game-prize").hidden).toBe(true);
});

test("the winner gets a way to the coupon, and the others their place", async () => {
  game.update(shown(), 1000);
  await joined();
  game.update(shown(), 16_500);
  expect(at("game-line").textContent).toBe("Who has won? One moment…");
  game.hear(state({ result: { places: [place(0), place(1)], winners: [0], without_prize: [], seed: "", cut_short: false } }));
  expect([at("game-line").textContent, at("game-prize").hidden]).toEqual(["You are number 2 of 2.", true]);
  game.hear(state({ result: { places: [place(1), place(0)], winners: [1], without_prize: [], seed: "", cut_short: false } }));
  expect([at("game-line").textContent, at("game-prize").hidden]).toEqual(["You have won: Noodles", false]);
});

test("a game that was interrupted says that lots were drawn", async () => {
  game.update(shown(), 1000);
  await joined();
  game.update(shown(), 16_500);
  const result = { places: [place(0), place(1)], winners: [0], without_prize: [], seed: "", cut_short: true };
  game.hear(state({ result }));
  expect([at("game-line").textContent, at("game-prize").hidden]).toEqual([sayIn("en")("game_cut_short"), true]);
  game.hear(state({ result: { ...result, winners: [1] } }));
  expect(at("game-line").textContent).toContain("lots were drawn. You have won: Noodles");
});

test("while the result is missing, a referee that was restarted hears again of the game", async () => {
  game.update(shown(), 1000);
  await joined();
  await vi.advanceTimersByTimeAsync(REPEAT_EVERY_MS * 3);
  expect(sent).toEqual([]);
  game.update(shown(), 16_500);
  await vi.advanceTimersByTimeAsync(REPEAT_EVERY_MS * 2 + SEND_EVERY_MS);
  expect(sent.length).toBeGreaterThan(1);
});

test("a phone without a WebSocket reads that it sees the game late", async () => {
  game.update(shown(), 1000);
  late = true;
  expect(at("game-trouble").textContent).toBe("");
  await joined();
  expect(at("game-trouble").textContent).toBe(sayIn("en")("game_lag"));
  late = false;
  game.update(shown(), 6000);
  expect(at("game-trouble").textContent).toBe("");
});

test("a phone without a WebSocket sends less often", async () => {
  late = true;
  game.update(shown(), 1000);
  await joined();
  game.update(shown(), 7000);
  for (let taps = 0; taps < 8; taps++) {
    tap();
    await vi.advanceTimersByTimeAsync(SEND_EVERY_MS);
  }
  expect(sent.map(({ taps }) => taps)).toEqual([1, 4, 8]);
});

test("the wallet is opened at the prize", () => {
  expect(withPrize("http://box/wallet?t=abc", "o 1")).toBe("http://box/wallet?t=abc&prize=o+1");
  expect(withPrize("http://box/wallet?prize=a", "b")).toBe("http://box/wallet?prize=b");
});

test("who comes too late watches", () => {
  game.update(shown(), 11_000);
  expect([at("game-act").hidden, at("game-line").textContent]).toEqual([true, sayIn("en")("game_watch")]);
  tap();
  expect(at("game-face").hidden).toBe(true);
});

test("a refusal says why, and a line that is cut asks for another tap", async () => {
  const error = { code: "game_full_here", message: "m", remedy: "r" };
  join = () => Promise.reject(new Refused(error));
  game.update(shown(), 1000);
  await joined();
  expect(at("game-trouble").textContent).toBe(sayIn("en")("trouble_game_full_here"));
  join = () => Promise.reject(new Error("cut off"));
  await joined();
  expect(at("game-trouble").textContent).toBe(sayIn("en")("game_offline"));
});

test("the next game begins anew, and a state of the one before it is not shown", async () => {
  game.update(shown(), 1000);
  await joined();
  game.update(shown({ starts_ms: 20_000, ends_ms: 40_000 }), 21_000);
  game.hear(state({ joined: 9 }));
  expect([at("game-face").hidden, at("game-line").textContent]).toEqual([true, sayIn("en")("game_first")]);
});

test("a draw says its odds and its promise, and in the end its seed and who has won", async () => {
  const drawn: GameCard = { ...card, kind: "lucky_draw", prize_for: "drawn", prizes: 2, one_in: 5 };
  const draw = (): Shown => ({ ...shown(), item: { ...item("game"), phone: { ...item("game").phone, game: drawn } } }) as Shown;
  game.update(draw(), 1000);
  expect(at("game-terms").textContent).toBe("Prizes each time: at most 2. Odds 1 in 5, no purchase needed.");
  await joined();
  expect([at("game-proof").hidden, at("game-promise").textContent]).toEqual([false, "Promise (SHA-256 of the seed): p"]);
  game.update(draw(), 6000);
  expect([at("game-act").hidden, at("frame").classes.has("tall")]).toEqual([true, true]);
  game.hear(state({ result: { places: [], winners: [0], without_prize: [], cut_short: false, seed: "5eed" } }));
  game.update(draw(), 16_500);
  expect([at("game-line").textContent, at("game-seed").textContent]).toEqual([sayIn("en")("draw_lost"), "Seed: 5eed"]);
  game.hear(state({ result: { places: [], winners: [1], without_prize: [], cut_short: false, seed: "5eed" } }));
  expect([at("game-line").textContent, at("game-prize").hidden]).toEqual(["You have won: Noodles", false]);
  game.update(shown({ instead: true }), 17_000);
  expect(at("frame").classes.has("tall")).toBe(false);
});

test("what is shown instead of a game takes its place", () => {
  game.update(shown(), 1000);
  expect(game.update(shown({ instead: true }), 2000)).toBe(Infinity);
  expect(at("game").hidden).toBe(true);
});

test("a phone that has no seat is in no place", () => {
  const result = { places: [place(0), place(1, 13)], winners: [], without_prize: [], seed: "", cut_short: false };
  expect([placeOf(result, null), placeOf(result, { ...seat, seat: 13 }), placeOf(result, { ...seat, seat: 7 })]).toEqual([null, 2, null]);
});

test("the advertiser's logo and product are beside the player, and gone with a game that has none", () => {
  const picture = { digest: "d1", mime: "image/webp", bytes: 7, duration_ms: null, width: 20, height: 10 };
  const branded: GameCard = { ...card, look: { ...card.look, logo: picture, product: { ...picture, digest: "d2" } } };
  const at_ms = (starts_ms: number, game: GameCard): Shown =>
    shown({ starts_ms, item: { ...item("game"), kind: "game", phone: { ...item("game").phone, game } } });
  game.update(at_ms(0, branded), 1000);
  expect([at("game-logo"), at("game-product")].map(({ src, hidden }) => [src, hidden])).toEqual([["/media/d1", false], ["/media/d2", false]]);
  expect(at("frame").classes.has("tall")).toBe(true);
  game.update(at_ms(30_000, card), 31_000);
  expect(at("frame").classes.has("tall")).toBe(false);
  expect([at("game-logo").hidden, at("game-product").hidden]).toEqual([true, true]);
});

test("where the box is the referee, the server's page says so at once and joins nothing", async () => {
  const joins = vi.fn(join);
  join = joins;
  const atServer = { language: "en", stage: { media_base: "", games_at_box: true } } as PageHello;
  const elsewhere = new Game(atServer, sayIn("en"), { join: () => join(), bringsStates: () => true, isLate: () => false, send: () => Promise.resolve(null) });
  elsewhere.update(shown(), 1000);
  expect(at("game-line").textContent).toContain("Join that WiFi");
  expect(at("game-act").hidden).toBe(true);
  await joined();
  expect(joins).not.toHaveBeenCalled();
});
