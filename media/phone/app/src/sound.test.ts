import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Sound, type Hearing } from "./sound";
import type { MediaRef } from "./wire";

const refOf = (digest: string): MediaRef => ({ digest, mime: "audio/mp4", bytes: 1, duration_ms: 3000, width: null, height: null });
const hearing = (digest: string, starts_ms: number): Hearing => ({
  key: `${starts_ms}:${digest}`,
  ref: refOf(digest),
  starts_ms,
  ends_ms: starts_ms + 3000,
});

/** An audio device on the page's own clock: what was started on it, from when until when. */
class FakeContext {
  static started: { digest: string; from: number; until: number }[] = [];
  state = "running";
  outputLatency = 0;
  destination = {};
  get currentTime(): number {
    return performance.now() / 1000;
  }
  resume(): Promise<void> {
    return Promise.resolve();
  }
  suspend(): Promise<void> {
    return Promise.resolve();
  }
  decodeAudioData(bytes: ArrayBuffer, done: (buffer: unknown) => void, failed: (error: Error) => void): undefined {
    const digest = new TextDecoder().decode(bytes);
    if (digest.startsWith("broken")) failed(new Error("not audio"));
    else done({ digest, duration: 3 });
  }
  createBufferSource(): object {
    const played = { digest: "", from: Infinity, until: Infinity };
    return {
      set buffer(buffer: { digest: string }) {
        played.digest = buffer.digest;
      },
      connect: () => undefined,
      disconnect: () => undefined,
      start: (when: number) => {
        played.from = when * 1000;
        FakeContext.started.push(played);
      },
      stop: (when = performance.now() / 1000) => void (played.until = Math.min(played.until, when * 1000)),
    };
  }
}

let read: (ref: MediaRef) => Promise<ArrayBuffer>;
let clockOff = 0;
const clock = {
  now: () => performance.now() + clockOff,
  localOf: (screenMs: number) => screenMs - clockOff,
};
const bytesOf = async (ref: MediaRef): Promise<ArrayBuffer> => new TextEncoder().encode(ref.digest).buffer as ArrayBuffer;
const startsOf = (digest: string): number => FakeContext.started.filter((played) => played.digest === digest).length;

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("AudioContext", FakeContext);
  FakeContext.started = [];
  read = bytesOf;
  clockOff = 0;
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

async function soundThatIsOn(): Promise<Sound> {
  const sound = new Sound(clock, (ref) => read(ref), () => undefined);
  await sound.turnOn();
  return sound;
}

async function followFor(ms: number, sound: Sound, hearings: Hearing[]): Promise<void> {
  for (let passed = 0; passed < ms; passed += 250) {
    sound.follow(hearings);
    await vi.advanceTimersByTimeAsync(250);
  }
}

test.each(["unreadable", "broken"])("a sound that is %s keeps no other from its start", async (digest) => {
  read = (ref) => (ref.digest === "unreadable" ? Promise.reject(new TypeError("refused")) : bytesOf(ref));
  const sound = await soundThatIsOn();
  const start = performance.now();
  const [bad, good] = [hearing(digest, start), hearing("good", start + 1000)];
  await followFor(1000, sound, [bad, good]);
  expect(FakeContext.started).toEqual([{ digest: "good", from: good.starts_ms, until: good.starts_ms + 3000 }]);
});

test("a sound that hangs in its download keeps no other from its start", async () => {
  read = (ref) => (ref.digest === "slow" ? new Promise(() => undefined) : bytesOf(ref));
  const sound = await soundThatIsOn();
  const start = performance.now();
  await followFor(500, sound, [hearing("slow", start), hearing("good", start + 1000)]);
  expect(startsOf("good")).toBe(1);
});

test("a sound that failed is tried again after a while, by itself", async () => {
  let failures = 0;
  read = (ref) => (failures++ === 0 ? Promise.reject(new TypeError("no network")) : bytesOf(ref));
  const sound = await soundThatIsOn();
  const late = hearing("late", performance.now() + 60_000);
  await followFor(2750, sound, [late]);
  expect(failures).toBe(1);
  await followFor(750, sound, [late]);
  expect(startsOf("late")).toBe(1);
});

test("a sound that is off its place is moved without a gap", async () => {
  const sound = await soundThatIsOn();
  const playing = hearing("tune", performance.now());
  await followFor(1000, sound, [playing]);
  clockOff = 100;
  await followFor(250, sound, [playing]);
  const [before, after] = FakeContext.started;
  expect(FakeContext.started).toHaveLength(2);
  expect(before?.until).toBe(after?.from);
});

test("a sound without an end is heard until another takes over", async () => {
  const sound = await soundThatIsOn();
  const alarm = { ...hearing("alarm", performance.now()), ends_ms: null };
  await followFor(500, sound, [alarm]);
  expect(FakeContext.started[0]?.until).toBe(Infinity);
  sound.follow([]);
  expect(FakeContext.started[0]?.until).toBe(performance.now());
});
