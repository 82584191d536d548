// The race: each tap is a step.

import { byId, setHidden } from "../dom";
import type { PlayInput } from "../wire";
import type { Controller, Page, Play } from "./controller";

const BUZZ_MS = 12;
const LANES = 12;

export class Race implements Controller {
  readonly changesMs = [];
  private taps = 0;

  constructor(private readonly page: Page) {}

  get input(): PlayInput {
    return { taps: this.taps };
  }

  get buttonText(): string {
    return this.page.say("game_tap");
  }

  press(): void {
    this.taps += 1;
    if (typeof navigator.vibrate === "function") navigator.vibrate(BUZZ_MS);
    this.page.changed();
  }

  line(): string {
    return this.page.say("game_taps", { n: this.taps });
  }

  draw(play: Play, isPlaying: boolean): void {
    byId("game-track", HTMLProgressElement).value = position(play);
    setHidden(byId("game-track", HTMLElement), !isPlaying);
  }
}

/** How far this phone's lane is along the track, of 1000. */
function position({ seat, state }: Play): number {
  return seat ? (state?.positions[seat.seat % LANES] ?? 0) : 0;
}
