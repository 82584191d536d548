// A game that is tried before it is booked: the phone page's controller, with the preview's referee at the other end.

import { byId, setHidden, setText } from "./dom";
import { Game, type GamePage } from "./games/game";
import { Failed, getJson, postJson } from "./live";
import type { Shown } from "./stage";
import type { GameSeat, GameState, Item, SeatInput } from "./wire";
import { sayIn } from "./words";

const POLL_MS = 300;
const WITHIN_MS = 5000;
const OVER = 404;

/** Answer of `GET /try/<address>/game`. */
interface Trial {
  now_ms: number;
  starts_ms: number;
  ends_ms: number;
  item: Item;
  state: GameState;
}

const hello = JSON.parse(byId("try", HTMLElement).textContent ?? "{}") as GamePage;
const say = sayIn(hello.language);
const base = location.pathname.replace(/\/$/, "");
const phone = Array.from(crypto.getRandomValues(new Uint8Array(8)), (part) => part.toString(16).padStart(2, "0")).join("");

const game = new Game(hello, say, {
  join: () => postJson<GameSeat>(`${base}/seat`, { phone }),
  send: (input: SeatInput) => postJson<GameState>(`${base}/inputs`, input),
  bringsStates: () => true, // this page polls
  isLate: () => false,
});

const shownAt = ({ item, starts_ms, ends_ms }: Trial, nowMs: number): Shown => {
  const isOn = nowMs >= starts_ms && nowMs < ends_ms;
  return isOn ? { kind: "item", item, instead: false, starts_ms, ends_ms } : { kind: "nothing", starts_ms, ends_ms };
};

const problem = (text: string): void => {
  const line = byId("offline", HTMLElement);
  setText(line, text);
  setHidden(line, !text);
};

const follow = async (): Promise<void> => {
  let again = POLL_MS;
  try {
    const sentAt = performance.now();
    const trial = await getJson<Trial>(`${base}/game`, WITHIN_MS);
    const nowMs = trial.now_ms + (performance.now() - sentAt) / 2;
    game.update(shownAt(trial, nowMs), nowMs);
    game.hear(trial.state);
    problem("");
  } catch (error) {
    const isOver = error instanceof Failed && error.status === OVER;
    problem(say(isOver ? "try_over" : "game_offline"));
    again = isOver ? 0 : 10 * POLL_MS;
  }
  if (again) setTimeout(() => void follow(), document.hidden ? 10 * again : again);
};

void follow();
