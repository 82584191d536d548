// One silent `<video>`: loads a film, starts it at its instant, and keeps it there by its own frames.
//
// Browsers start and seek late, each by its own habit, and report a position that is old. So a film is started a lead
// before its instant, its error is measured by the frames that the browser shows, and is corrected by one pulse of the
// playback rate. The film has no audio track: a change of rate then costs a browser no time.

import {
  COARSE_DEAD_BAND_MS,
  DEAD_BAND_MS,
  SAMPLES,
  SETTLE_MS,
  join,
  learnLead,
  mayCorrect,
  median,
  steer,
} from "./steer";
import type { Timekeeper } from "./timekeeper";

/** One showing of a film: its media, and the instant at which its first frame is due. */
export interface Showing {
  key: string;
  digest: string;
  src: string;
  starts_ms: number;
  length_ms: number;
}

/** Measurements of the film that plays; positive errors are ahead of the timeline. */
export interface FilmMeasure {
  position_ms: number;
  error_ms: number | null;
  start_error_ms: number | null;
  lead_ms: number;
  pulses: number;
  seeks: number;
}

/** The habits of one phone's player, learned from all its films. */
export interface Learned {
  /** How long before its instant a film must be started, in ms. */
  lead: number;
  /** How long a seek takes, in ms: it aims so much further on. */
  seekCost: number;
  /** How many pulses in a row changed nothing: some players ignore small rates. */
  vainPulses: number;
}

const COARSE_LOOK_MS = 100;
const VAIN_PULSES = 3; // after so many, small errors are left alone: a rate that changes nothing only disturbs
const PATIENCE_MS = 4000;
const LOOK_AGAIN_MS = 400; // a start further away than this is computed again …
const LAST_LOOK_MS = 200; // … this long before it is due

export class Reel {
  key: string | null = null;
  revealed = false;
  private showing: Showing | null = null;
  /** The last errors in ms since the last correction; positive ones are ahead of the timeline. */
  private errors: number[] = [];
  /** Until this instant of `performance.now()` frames are not measured: a correction is under way. */
  private settledAt = 0;
  private timers: number[] = [];
  private playing = false;
  private started = false;
  private corrected: "pulse" | "seek" | null = null;
  private lastError: number | null = null;
  private startError: number | null = null;
  private pulses = 0;
  private seeks = 0;
  /** Grows with each film and each new try. A step that was begun in an earlier turn must do nothing when it is done. */
  private turn = 0;

  constructor(
    private readonly video: HTMLVideoElement,
    private readonly time: Pick<Timekeeper, "now" | "at" | "localOf">,
    private readonly learned: Learned,
    private readonly blocked: () => void,
  ) {
    video.addEventListener("error", () => this.hide());
  }

  cue(showing: Showing): void {
    const loaded = this.showing?.digest === showing.digest && this.video.readyState >= 2;
    this.stop();
    this.turn += 1;
    this.showing = showing;
    this.key = showing.key;
    this.revealed = false;
    this.forget();
    if (!loaded) this.video.src = showing.src;
    void this.join(this.turn);
  }

  reveal(): void {
    this.revealed = true;
    this.look();
  }

  clear(): void {
    this.stop();
    this.turn += 1;
    this.key = null;
    this.revealed = false;
    this.hide();
  }

  wake(): void {
    if (this.showing && this.key !== null && !this.playing) {
      this.turn += 1;
      void this.join(this.turn);
    }
  }

  get measure(): FilmMeasure | null {
    if (!this.showing || !this.playing) return null;
    return {
      position_ms: this.video.currentTime * 1000,
      error_ms: this.lastError,
      start_error_ms: this.startError,
      lead_ms: this.learned.lead,
      pulses: this.pulses,
      seeks: this.seeks,
    };
  }

  /** Load, go to the place, and start at the instant; over again if loading took longer than thought. */
  private async join(turn: number): Promise<void> {
    const { video, showing } = this;
    if (!showing) return;
    await becomes(video, () => video.readyState >= 2);
    for (let tries = 0; turn === this.turn && tries < 5; tries += 1) {
      // Loading and seeking take time: a place that was passed meanwhile is chosen again, five times at most.
      const plan = join(showing.starts_ms, showing.length_ms, this.time.now(), video.currentTime === 0);
      if (plan.do === "skip") return;
      await this.goTo(plan.from_ms / 1000);
      const inTime = this.time.now() <= plan.at_ms || plan.from_ms === 0;
      if (turn === this.turn && inTime) return this.startAt(plan.at_ms, turn);
    }
  }

  private async goTo(seconds: number): Promise<void> {
    if (Math.abs(this.video.currentTime - seconds) >= 0.001) this.video.currentTime = seconds;
    await becomes(this.video, () => !this.video.seeking && this.video.readyState >= 2);
  }

  private startAt(atMs: number, turn: number): void {
    const wait = this.time.localOf(atMs) - this.learned.lead - performance.now();
    // A clock that is corrected meanwhile corrects the start too.
    const early = wait > LOOK_AGAIN_MS;
    this.after(early ? wait - LAST_LOOK_MS : wait, () => (early ? this.startAt(atMs, turn) : void this.play(turn)));
  }

  private async play(turn: number): Promise<void> {
    try {
      await this.video.play();
    } catch (error) {
      if (error instanceof DOMException && error.name === "NotAllowedError") this.blocked();
      return;
    }
    if (turn !== this.turn) return;
    this.playing = true;
    this.look();
    this.watch(turn);
  }

  /** A film that was loaded in time shows its first frame at its instant; one that is joined, once it plays. */
  private look(): void {
    const due = this.showing !== null && this.time.now() - this.showing.starts_ms < 100;
    const atFirstFrame = this.video.readyState >= 2 && this.video.currentTime < 0.5;
    if (this.revealed && (this.playing || (due && atFirstFrame))) this.video.classList.add("shown");
  }

  private hide(): void {
    this.video.classList.remove("shown");
  }

  private watch(turn: number): void {
    const { video } = this;
    if (!("requestVideoFrameCallback" in video)) return this.watchCoarsely(turn);
    video.requestVideoFrameCallback((_, frame) => {
      if (turn !== this.turn) return;
      this.take(frame.mediaTime * 1000, frame.expectedDisplayTime, DEAD_BAND_MS);
      this.watch(turn);
    });
  }

  private watchCoarsely(turn: number): void {
    this.after(COARSE_LOOK_MS, () => {
      if (turn !== this.turn || this.video.ended) return;
      this.take(this.video.currentTime * 1000, performance.now(), COARSE_DEAD_BAND_MS);
      this.watchCoarsely(turn);
    });
  }

  /** One frame: where it is in the film, and when it is seen. A correction follows the median of the last ten. */
  private take(mediaMs: number, seenAt: number, deadBand: number): void {
    const showing = this.showing;
    if (!showing || performance.now() < this.settledAt || this.video.paused) return;
    this.errors = [...this.errors, mediaMs - (this.time.at(seenAt) - showing.starts_ms)].slice(-SAMPLES);
    if (this.errors.length < SAMPLES) return;
    const error = median(this.errors);
    this.learn(error);
    this.lastError = error;
    if (mayCorrect(mediaMs, showing.length_ms)) this.correct(error, deadBand);
  }

  private correct(error: number, deadBand: number): void {
    const vain = this.learned.vainPulses >= VAIN_PULSES;
    const steering = steer(error, vain ? Math.max(deadBand, COARSE_DEAD_BAND_MS) : deadBand);
    if (steering.do === "nothing") return;
    this.errors = [];
    if (steering.do === "pulse") this.pulse(steering.rate, steering.for_ms);
    else this.seek();
  }

  /** Plays a little faster or slower for so long that the whole error is made good, then measures anew. */
  private pulse(rate: number, forMs: number): void {
    this.pulses += 1;
    this.corrected = "pulse";
    this.video.playbackRate = rate;
    this.after(forMs, () => (this.video.playbackRate = 1));
    this.settledAt = performance.now() + forMs + SETTLE_MS;
  }

  private seek(): void {
    if (!this.showing) return;
    this.seeks += 1;
    this.corrected = "seek";
    this.video.currentTime = (this.time.now() - this.showing.starts_ms + this.learned.seekCost) / 1000;
    this.settledAt = performance.now() + SETTLE_MS;
  }

  /** The error after a start teaches the lead, after a seek its cost, after a pulse whether pulses do anything here. */
  private learn(error: number): void {
    if (!this.started) {
      this.started = true;
      this.startError = error;
      if (Math.abs(error) < 200) this.learned.lead = learnLead(this.learned.lead, error);
    } else if (this.corrected === "seek") {
      this.learned.seekCost = Math.min(Math.max(this.learned.seekCost - error * 0.5, 0), 500);
    } else if (this.corrected === "pulse" && this.lastError !== null) {
      const vain = Math.abs(error) > Math.abs(this.lastError) * 0.7 && Math.abs(error) > COARSE_DEAD_BAND_MS;
      this.learned.vainPulses = vain ? this.learned.vainPulses + 1 : 0;
    }
    this.corrected = null;
  }

  private stop(): void {
    this.timers.forEach((timer) => clearTimeout(timer));
    this.timers = [];
    this.playing = false;
    this.video.pause();
    this.video.playbackRate = 1;
    if (this.video.readyState >= 1) this.video.currentTime = 0;
  }

  private forget(): void {
    this.hide();
    this.errors = [];
    this.settledAt = 0;
    this.started = false;
    this.corrected = null;
    this.lastError = this.startError = null;
    this.pulses = this.seeks = 0;
  }

  private after(ms: number, act: () => void): void {
    this.timers.push(window.setTimeout(act, Math.max(ms, 0)));
  }
}

const NEWS = ["loadeddata", "canplay", "seeked"];

/** Resolves when this is so, and after a while anyway: some phones load nothing before `play()` is called. */
function becomes(video: HTMLVideoElement, so: () => boolean): Promise<void> {
  if (so()) return Promise.resolve();
  return new Promise((done) => {
    const timer = setTimeout(settle, PATIENCE_MS);
    const look = (): void => void (so() && settle());
    NEWS.forEach((event) => video.addEventListener(event, look));
    function settle(): void {
      clearTimeout(timer);
      NEWS.forEach((event) => video.removeEventListener(event, look));
      done();
    }
  });
}
