// What a kind of game adds to the phone: how it is played. Joining, sending, the result and the prize are the same for
// all kinds (game.ts).

import type { GameCard, GameSeat, GameState, PlayInput } from "../wire";
import type { Say } from "../words";

/** A game as this phone sees it. */
export interface Play {
  card: GameCard;
  seat: GameSeat | null;
  state: GameState | null;
}

/** What a controller uses of the page. `changed` draws the game anew: the controller calls it after each input. */
export interface Page {
  say: Say;
  language: "en" | "zh";
  mediaBase: string;
  /** The instant so long after the start of the game, as in this phone's `Date.now()`. */
  phoneMs(afterMs: number): number;
  changed(): void;
}

/** One game on one phone. */
export interface Controller {
  /** Everything that was done so far, as it is sent. */
  readonly input: PlayInput;
  /** On the big button while the game is played; empty where the kind has none. */
  readonly buttonText: string;
  /** The big button, pressed by a finger, a key or assistive technology. */
  press(): void;
  /** The words above the controller while this phone plays. */
  line(play: Play): string;
  /** Shows the controller, or hides it where this phone does not play now. */
  draw(play: Play, isPlaying: boolean): void;
  /** Something else is on the screen. */
  leave?(): void;
}
