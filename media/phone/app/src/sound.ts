// Sound after one tap: decoded whole, and scheduled on the audio clock against the same timeline as the film.

import { Retries } from "./retries";
import { audioTimeAt } from "./steer";
import { pause, type Timekeeper } from "./timekeeper";
import type { MediaRef } from "./wire";

/** The sound of one showing, and when it begins and ends; without an end, it plays until another begins. */
export interface Hearing {
  key: string;
  ref: MediaRef;
  starts_ms: number;
  ends_ms: number | null;
}

export type ReadMedia = (ref: MediaRef) => Promise<ArrayBuffer>;

/** A scheduled sound: it is heard at `anchor_ms` of the screen's clock, at `when` (s) of the audio clock. */
interface Playing {
  node: AudioBufferSourceNode;
  anchor_ms: number;
  when: number;
}

const SOON_MS = 150; // ahead of now, so that the node is scheduled before its time
const AGAIN_MS = 3000;
const OFF_BY_S = 0.02; // a sound further from its place than this is scheduled again
const DECODED_KEPT = 3; // decoded stereo takes some 23 MB a minute

export class Sound {
  on = false;
  private context: AudioContext | undefined;
  private decoded = new Map<string, Promise<AudioBuffer>>();
  private playing = new Map<string, Playing>();
  private starting = new Set<string>();
  private hearings: Hearing[] = [];
  private readonly retries = new Retries(AGAIN_MS);

  constructor(
    private readonly time: Pick<Timekeeper, "now" | "localOf">,
    private readonly read: ReadMedia,
    private readonly changed: () => void,
  ) {}

  /** Must be called from a tap: browsers let a page be heard only then. */
  async turnOn(): Promise<void> {
    this.context ??= new AudioContext();
    this.on = true;
    this.changed();
    // Some browsers never settle this promise where there is no audio device: only the state can be relied on.
    await Promise.race([this.context.resume().catch(() => undefined), pause(1000)]);
    this.follow(this.hearings);
  }

  turnOff(): void {
    this.on = false;
    this.silence(() => true);
    void this.context?.suspend();
    this.changed();
  }

  /** Plays these sounds, now or when they are due, and stops all others. */
  follow(hearings: Hearing[]): void {
    this.hearings = hearings;
    this.silence((key) => !hearings.some((hearing) => hearing.key === key));
    if (!this.on) return;
    for (const hearing of hearings) {
      if (!this.playing.has(hearing.key) || this.isOff(hearing.key)) void this.start(hearing);
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

  private async start({ key, ref }: Hearing): Promise<void> {
    if (this.starting.has(key) || !this.retries.mayTry(ref.digest)) return;
    this.starting.add(key);
    try {
      const buffer = await this.decode(ref);
      this.retries.succeeded(ref.digest);
      const hearing = this.hearings.find((current) => current.key === key);
      if (this.on && hearing) this.schedule(hearing, buffer);
    } catch {
      this.decoded.delete(ref.digest);
      this.retries.failed(ref.digest); // this sound alone waits; the others start when they are due
    } finally {
      this.starting.delete(key);
    }
  }

  private schedule({ key, starts_ms, ends_ms }: Hearing, buffer: AudioBuffer): void {
    const context = this.context;
    const anchor_ms = Math.max(this.time.now() + SOON_MS, starts_ms);
    const from = (anchor_ms - starts_ms) / 1000;
    if (!context || from >= buffer.duration || (ends_ms !== null && anchor_ms >= ends_ms)) return;
    const node = context.createBufferSource();
    node.buffer = buffer;
    const when = this.heardAt(anchor_ms);
    node.connect(context.destination);
    node.start(Math.max(when, 0), from);
    if (ends_ms !== null) node.stop(this.heardAt(ends_ms));
    this.playing.get(key)?.node.stop(Math.max(when, 0)); // one that was off its place is heard until then
    this.playing.set(key, { node, anchor_ms, when });
  }

  private decode(ref: MediaRef): Promise<AudioBuffer> {
    const decoding = this.decoded.get(ref.digest) ?? this.readAndDecode(ref);
    this.decoded.delete(ref.digest); // the last used goes last
    this.decoded.set(ref.digest, decoding);
    for (const digest of this.decoded.keys()) {
      if (this.decoded.size > DECODED_KEPT) this.decoded.delete(digest);
    }
    return decoding;
  }

  private async readAndDecode(ref: MediaRef): Promise<AudioBuffer> {
    const bytes = await this.read(ref);
    const context = this.context;
    if (!context) throw new Error("there is no audio to decode for");
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
