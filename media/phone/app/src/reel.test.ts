import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Reel, type Learned, type Showing } from "./reel";
import { DEAD_BAND_MS } from "./steer";

const SCREEN_AHEAD_MS = 1_000_000; // the screen's clock beside performance.now()
const FRAME_MS = 40;
const LENGTH_MS = 15_000;

/** A `<video>` on the page's own clock. It starts `latencyMs` after play(), and can stall. */
class FakeVideo extends EventTarget {
  readyState = 0;
  ended = false;
  seeking = false;
  paused = true;
  refused = false;
  latencyMs = 20;
  shown = false;
  private base = 0;
  private since = 0;
  private rate = 1;
  readonly classList = { add: (): void => void (this.shown = true), remove: (): void => void (this.shown = false) };

  set src(_: string) {
    this.readyState = 4;
    this.base = 0;
  }
  get currentTime(): number {
    return this.base + (this.paused ? 0 : (Math.max(performance.now() - this.since, 0) * this.rate) / 1000);
  }
  set currentTime(seconds: number) {
    this.base = seconds;
    this.since = performance.now();
  }
  get playbackRate(): number {
    return this.rate;
  }
  set playbackRate(rate: number) {
    this.currentTime = this.currentTime;
    this.rate = rate;
  }
  play(): Promise<void> {
    if (this.refused) return Promise.reject(new DOMException("a tap first", "NotAllowedError"));
    this.paused = false;
    this.since = performance.now() + this.latencyMs;
    return Promise.resolve();
  }
  pause(): void {
    this.currentTime = this.currentTime;
    this.paused = true;
  }
  stall(ms: number): void {
    this.currentTime = this.currentTime - ms / 1000;
  }
}

class FakeVideoWithFrames extends FakeVideo {
  requestVideoFrameCallback(look: (now: number, frame: object) => void): void {
    const frame = (): object => ({ mediaTime: this.currentTime, expectedDisplayTime: performance.now() });
    setTimeout(() => look(performance.now(), frame()), FRAME_MS);
  }
}

const time = {
  now: () => performance.now() + SCREEN_AHEAD_MS,
  at: (localMs: number) => localMs + SCREEN_AHEAD_MS,
  localOf: (screenMs: number) => screenMs - SCREEN_AHEAD_MS,
};

let video: FakeVideo;
let learned: Learned;
let blocked: ReturnType<typeof vi.fn<() => void>>;

const reelOf = (fake: FakeVideo): Reel => {
  video = fake;
  return new Reel(fake as unknown as HTMLVideoElement, time, learned, blocked);
};
const showingIn = (ms: number): Showing => ({
  key: `film-${ms}`,
  digest: "film",
  src: "http://media.example/film",
  starts_ms: time.now() + ms,
  length_ms: LENGTH_MS,
});
/** How far the picture is ahead of the timeline. */
const errorOf = (showing: Showing): number => video.currentTime * 1000 - (time.now() - showing.starts_ms);
const pass = (ms: number): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("window", globalThis);
  learned = { lead: 20, seekCost: 0, vainPulses: 0 };
  blocked = vi.fn<() => void>();
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test("a film that is loaded early starts at its instant, with its first frame", async () => {
  const reel = reelOf(new FakeVideoWithFrames());
  const showing = showingIn(2000);
  reel.cue(showing);
  await pass(1900);
  expect(video.paused).toBe(true);
  await pass(100);
  reel.reveal();
  expect(video.shown).toBe(true);
  await pass(1000);
  expect(Math.abs(errorOf(showing))).toBeLessThan(2);
  expect(reel.measure).toMatchObject({ pulses: 0, seeks: 0 });
});

test("a film that is joined late goes to its place, and is hidden until it plays", async () => {
  const reel = reelOf(new FakeVideoWithFrames());
  const showing = showingIn(-3000);
  reel.cue(showing);
  reel.reveal();
  expect(video.shown).toBe(false);
  await pass(2000);
  expect(video.shown).toBe(true);
  expect(Math.abs(errorOf(showing))).toBeLessThan(2);
});

test("a film with less than two seconds left is skipped", async () => {
  const reel = reelOf(new FakeVideoWithFrames());
  reel.cue(showingIn(-LENGTH_MS + 2000));
  reel.reveal();
  await pass(3000);
  expect(video.paused).toBe(true);
  expect(reel.measure).toBeNull();
});

test("a slow start is made good by a pulse, and the next film is started earlier", async () => {
  const reel = reelOf(new FakeVideoWithFrames());
  video.latencyMs = 100;
  const showing = showingIn(1000);
  reel.cue(showing);
  await pass(1600);
  expect(video.playbackRate).toBeCloseTo(1.05);
  expect(learned.lead).toBeGreaterThan(40);
  await pass(4000);
  expect(video.playbackRate).toBe(1);
  expect(reel.measure).toMatchObject({ pulses: 1, seeks: 0 });
  expect(Math.abs(errorOf(showing))).toBeLessThanOrEqual(DEAD_BAND_MS);
});

test("a long stall is made good by a seek", async () => {
  const reel = reelOf(new FakeVideoWithFrames());
  const showing = showingIn(1000);
  reel.cue(showing);
  await pass(3000);
  video.stall(600);
  await pass(1500);
  expect(reel.measure?.seeks).toBe(1);
  expect(Math.abs(errorOf(showing))).toBeLessThanOrEqual(DEAD_BAND_MS);
});

test("without frame callbacks an error of less than 40 ms is left alone", async () => {
  const reel = reelOf(new FakeVideo());
  video.latencyMs = 50;
  reel.cue(showingIn(1000));
  await pass(5000);
  expect(reel.measure).toMatchObject({ pulses: 0, seeks: 0 });
  expect(reel.measure?.error_ms).toBeCloseTo(-30, 0);
});

test("near its end a film is left alone", async () => {
  const reel = reelOf(new FakeVideoWithFrames());
  reel.cue(showingIn(1000));
  await pass(1000 + LENGTH_MS - 1500);
  video.stall(400);
  await pass(1000);
  expect(reel.measure?.seeks).toBe(0);
});

test("a browser that requires a tap is reported, and the film joined after it", async () => {
  const reel = reelOf(new FakeVideoWithFrames());
  video.refused = true;
  const showing = showingIn(1000);
  reel.cue(showing);
  reel.reveal();
  await pass(2000);
  expect(blocked).toHaveBeenCalledOnce();
  video.refused = false;
  reel.wake();
  await pass(2000);
  expect(video.paused).toBe(false);
  expect(Math.abs(errorOf(showing))).toBeLessThan(2);
});

test("a cleared reel is hidden and stays still, even if its start was under way", async () => {
  const reel = reelOf(new FakeVideoWithFrames());
  reel.cue(showingIn(1000));
  await pass(900);
  reel.clear();
  await pass(2000);
  expect([video.paused, video.shown, reel.key]).toEqual([true, false, null]);
});
