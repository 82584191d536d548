// Sound after one tap: decoded whole, and scheduled on the audio clock against the same timeline as the film.

import { audioTimeAt } from "./steer";
import { pause, type Timekeeper } from "./timekeeper";
import type { MediaRef } from "./wire";

/** One showing's sound: its media, and from when until when it is heard. */
export interface Hearing {
  key: string;
  ref: MediaRef;
  src: string;
  starts_ms: number;
  ends_ms: number;
}

interface Playing {
  node: AudioBufferSourceNode;
  anchor_ms: number;
  when: number;
}

const SOON_MS = 150;
const AGAIN_MS = 3000;
const OFF_BY_S = 0.02;
const DECODED_KEPT = 3;

export class Sound {
  on = false;
  private context: AudioContext | undefined;
  private decoded = new Map<string, Promise<AudioBuffer>>();
  private playing = new Map<string, Playing>();
  private starting = new Set<string>();
  private failedAt = -Infinity;
  private hearings: Hearing[] = [];

  constructor(
    private readonly time: Timekeeper,
    private readonly changed: () => void,
  ) {}

  /** Must be called from a tap: browsers let a page be heard only then. */
  async turnOn(): Promise<void> {
    this.context ??= new AudioContext();
    this.on = true;
    this.changed();
    // Some browsers never answer where there is no audio device; the state tells, not the promise.
    await Promise.race([this.context.resume().catch(() => undefined), pause(1000)]);
    this.follow(this.hearings);
  }

  turnOff(): void {
    this.on = false;
    this.silence(() => true);
    void this.context?.suspend();
    this.changed();
  }

  /** What is to be heard now and next; what is not among it falls silent. */
  follow(hearings: Hearing[]): void {
    this.hearings = hearings;
    this.silence((key) => !hearings.some((one) => one.key === key));
    if (!this.on) return;
    for (const hearing of hearings) {
      if (this.isOff(hearing.key)) this.silence((key) => key === hearing.key);
      if (!this.playing.has(hearing.key)) void this.start(hearing);
    }
  }

  /** The page came back to the front, or the phone call is over. */
  wake(): void {
    if (this.on && this.context && this.context.state !== "running") void this.context.resume();
  }

  /** How far the sound under way is from its place, by the audio clock. */
  get errorMs(): number | null {
    const first = this.hearings[0];
    const playing = first && this.playing.get(first.key);
    return playing ? (this.heardAt(playing.anchor_ms) - playing.when) * 1000 : null;
  }

  get state(): string {
    return this.on ? (this.context?.state ?? "closed") : "off";
  }

  private async start(hearing: Hearing): Promise<void> {
    if (this.starting.has(hearing.key) || performance.now() - this.failedAt < AGAIN_MS) return;
    this.starting.add(hearing.key);
    try {
      const buffer = await this.decode(hearing);
      if (this.on && this.hearings.some((one) => one.key === hearing.key)) this.schedule(hearing, buffer);
    } catch {
      this.decoded.delete(hearing.ref.digest); // fetched again in a while
      this.failedAt = performance.now();
    } finally {
      this.starting.delete(hearing.key);
    }
  }

  private schedule(hearing: Hearing, buffer: AudioBuffer): void {
    const context = this.context;
    const anchor_ms = Math.max(this.time.now() + SOON_MS, hearing.starts_ms);
    const from = (anchor_ms - hearing.starts_ms) / 1000;
    if (!context || from >= buffer.duration || anchor_ms >= hearing.ends_ms) return;
    const node = context.createBufferSource();
    node.buffer = buffer;
    const when = this.heardAt(anchor_ms);
    node.connect(context.destination);
    node.start(Math.max(when, 0), from);
    node.stop(this.heardAt(hearing.ends_ms));
    this.playing.set(hearing.key, { node, anchor_ms, when });
  }

  private decode({ ref, src }: Hearing): Promise<AudioBuffer> {
    const known = this.decoded.get(ref.digest);
    if (known) return known;
    const decoding = this.fetchAndDecode(src);
    this.decoded.set(ref.digest, decoding);
    for (const digest of this.decoded.keys()) {
      if (this.decoded.size > DECODED_KEPT) this.decoded.delete(digest);
    }
    return decoding;
  }

  private async fetchAndDecode(src: string): Promise<AudioBuffer> {
    const answer = await fetch(src);
    if (!answer.ok || !this.context) throw new Error(`sound not fetched: ${answer.status}`);
    const bytes = await answer.arrayBuffer();
    const context = this.context;
    return new Promise((done, failed) => void context.decodeAudioData(bytes, done, failed)?.catch(failed));
  }

  private isOff(key: string): boolean {
    const playing = this.playing.get(key);
    if (!playing || this.context?.state !== "running") return false;
    return Math.abs(this.heardAt(playing.anchor_ms) - playing.when) > OFF_BY_S;
  }

  /** The time on the audio clock at which something must start to be heard at this instant of the screen's clock. */
  private heardAt(screenMs: number): number {
    const context = this.context;
    if (!context) return 0;
    const stamp = context.getOutputTimestamp?.() ?? {};
    return audioTimeAt(this.time.localOf(screenMs), {
      contextTime: stamp.contextTime ?? 0,
      performanceTime: stamp.performanceTime ?? 0,
      currentTime: context.currentTime,
      nowMs: performance.now(),
      latency: context.outputLatency || context.baseLatency || 0,
    });
  }

  private silence(which: (key: string) => boolean): void {
    for (const [key, { node }] of [...this.playing]) {
      if (!which(key)) continue;
      node.stop();
      node.disconnect();
      this.playing.delete(key);
    }
  }
}
