// The interface of a kind of game on the phone: how it is played. Joining, sending, the result and the prize are the
// same for all kinds (game.ts).

import type { GameCard, GameSeat, GameState, Phrase, PlayInput } from "../wire";
import type { Say } from "../words";

/** A game as this phone sees it. */
export interface Play {
  card: GameCard;
  seat: GameSeat | null;
  state: GameState | null;
  /** How long ago the spot began. */
  sinceMs: number;
}

/** What a controller uses of the page. */
export interface Page {
  say: Say;
  language: "en" | "zh";
  mediaBase: string;
  /** The instant so long after the start of the game, as in this phone's `Date.now()`. */
  phoneMs(afterMs: number): number;
  /** In the page's language, or in the other where there is none. */
  words(phrase: Phrase): string;
  /** Draws the game anew and sends the input: called after each. */
  changed(): void;
}

/** One game on one phone. */
export interface Controller {
  /** Everything that was done so far, as it is sent. */
  readonly input: PlayInput;
  /** The instants after the start of the spot at which the clock alone changes what is shown. */
  readonly changesMs: number[];
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
