// Two silent `<video>` elements in turn: the next film is loaded and paused early, and starts by the clock alone.

import { Reel, type FilmMeasure, type Learned, type Showing } from "./reel";
import type { Timekeeper } from "./timekeeper";

const USUAL_LEAD_MS = 20;

export class Films {
  private on: Reel;
  private spare: Reel;

  constructor(videos: [HTMLVideoElement, HTMLVideoElement], time: Timekeeper, blocked: () => void) {
    const learned: Learned = { lead: USUAL_LEAD_MS, seekCost: 30, vainPulses: 0 };
    this.on = new Reel(videos[0], time, learned, blocked);
    this.spare = new Reel(videos[1], time, learned, blocked);
  }

  /** Load what comes next, paused at its first frame; it starts by itself when it is due. */
  prepare(showing: Showing): void {
    if (this.on.key !== showing.key && this.spare.key !== showing.key) this.spare.cue(showing);
  }

  /** This film is on the screen now. */
  enter(showing: Showing): void {
    if (this.on.key === showing.key) return this.on.reveal();
    if (this.spare.key !== showing.key) this.spare.cue(showing);
    [this.on, this.spare] = [this.spare, this.on];
    this.on.reveal();
    this.spare.clear();
  }

  /** No film is on the screen now; one that waits for its turn goes on waiting. */
  leave(): void {
    if (this.on.key !== null && this.on.revealed) this.on.clear();
  }

  /** Try again after a tap, or when the page comes back to the front. */
  wake(): void {
    this.on.wake();
    this.spare.wake();
  }

  get measure(): FilmMeasure | null {
    return this.on.measure;
  }
}
