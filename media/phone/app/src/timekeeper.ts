// The screen's clock on this phone: keeps burst minima, and reads them as one clock on `performance.now()`.

import { BURST, KEPT_MINIMA, bestOf, errorAt, fitClock, offsetAt, sampleOf, type Fit, type Sample } from "./clock";
import type { ClockPong } from "./wire";

export type Ping = (t0: number) => Promise<ClockPong>;

const BETWEEN_PINGS_MS = 50;
const SLEPT_MS = 500;

export class Timekeeper {
  private samples: Sample[] = [];
  private fit: Fit | undefined;
  private awake = Date.now() - performance.now();

  /** Milliseconds UTC of the screen's clock at an instant of `performance.now()`. */
  at(localMs: number): number {
    return localMs + (this.fit ? offsetAt(this.fit, localMs) : this.awake);
  }

  now(): number {
    return this.at(performance.now());
  }

  /** The instant of `performance.now()` at which the screen's clock reads this. */
  localOf(screenMs: number): number {
    const local = performance.now();
    return local + (screenMs - this.at(local));
  }

  get offset(): number {
    return this.at(performance.now()) - performance.now();
  }

  get skewPpm(): number {
    return (this.fit?.skew ?? 0) * 1e6;
  }

  get error(): number {
    return this.fit ? errorAt(this.fit, performance.now()) : Infinity;
  }

  add(sample: Sample): void {
    if (this.slept()) this.samples = [];
    this.samples = [...this.samples, sample].slice(-KEPT_MINIMA);
    this.fit = fitClock(this.samples);
  }

  /** Ten pings, 50 ms apart so that the radio stays awake; false when none came back. */
  async burst(ping: Ping): Promise<boolean> {
    const came: Sample[] = [];
    const pings = Array.from({ length: BURST }, async (_, nth) => {
      await pause(nth * BETWEEN_PINGS_MS);
      came.push(sampleOf(await ping(performance.now()), performance.now()));
    });
    await Promise.allSettled(pings);
    const best = bestOf(came);
    if (best) this.add(best);
    return best !== undefined;
  }

  /** `performance.now()` stands still while some phones sleep; what was learned before is then worth nothing. */
  private slept(): boolean {
    const awake = Date.now() - performance.now();
    const slept = Math.abs(awake - this.awake) > SLEPT_MS;
    this.awake = awake;
    return slept;
  }
}

export const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));
