// The types of liftcast.js, for games that are written in TypeScript: `liftcast` is a global.

export interface Player {
  /** The number of this phone's place, from 0. */
  seat: number;
  /** `fox`, `panda` and so on: the same animal and colour are on the screen. */
  animal: string;
  emoji: string;
  /** As in CSS: `#3cb44b`. */
  colour: string;
}

/** What the page says when the game may begin. Instants are those of `Date.now()` on this phone. */
export interface Start {
  player: Player;
  /** How many phones play; `liftcast.players` is the present number. */
  players: number;
  starts_ms: number;
  ends_ms: number;
  language: "zh" | "en";
  reduced_motion: boolean;
}

export interface Liftcast {
  /** Say that the game has loaded. It resolves as soon as the page has said who plays, at each call. */
  ready(): Promise<Start>;
  readonly players: number;
  /** The player has done something: a tap, a move. It is counted, and the phone vibrates where it may. */
  input(): void;
  /** The player's points so far, a whole number. Only the best counts; one above the stated maximum is ignored. */
  score(points: number): void;
  /** The player has reached the end of the game, and takes part in the draw. */
  finish(): void;
  /** What the screen shows beside this player: a whole number, or a picture of the zip's folder `board/` by its name. */
  board(shown: number | string): void;
}

declare global {
  interface Window {
    readonly liftcast: Liftcast;
  }
}
