// Keeps the media of what comes next in memory, so that a lost network is not seen and a seek costs nothing.

import type { Item, MediaRef } from "./wire";

const MOST_BYTES = 48 << 20;
const AGAIN_MS = 5000;

export class Keeper {
  private held = new Map<string, { url: string; bytes: number }>();
  private wanted: MediaRef[] = [];
  private working = false;
  private failedAt = -Infinity;

  constructor(private readonly base: string) {}

  /** From memory where it is held, else from the network. */
  url(ref: MediaRef): string {
    return this.held.get(ref.digest)?.url ?? this.address(ref);
  }

  holds(ref: MediaRef): boolean {
    return this.held.has(ref.digest);
  }

  /** Hold these, in this order, one after the other: the radio is shared with everyone who waits. */
  want(refs: MediaRef[]): void {
    this.wanted = refs;
    if (!this.working && performance.now() - this.failedAt > AGAIN_MS) void this.work();
  }

  private async work(): Promise<void> {
    this.working = true;
    const failed = new Set<string>();
    for (let ref = this.missing(failed); ref; ref = this.missing(failed)) {
      if (!(await this.fetch(ref))) failed.add(ref.digest);
    }
    if (failed.size > 0) this.failedAt = performance.now();
    this.working = false;
  }

  private missing(failed: Set<string>): MediaRef | undefined {
    let bytes = 0;
    return this.wanted.find((ref) => {
      bytes += ref.bytes;
      return bytes <= MOST_BYTES && !this.holds(ref) && !failed.has(ref.digest);
    });
  }

  private async fetch(ref: MediaRef): Promise<boolean> {
    try {
      const answer = await fetch(this.address(ref));
      if (!answer.ok) return false;
      const blob = await answer.blob();
      this.makeRoom(blob.size);
      this.held.set(ref.digest, { url: URL.createObjectURL(blob), bytes: blob.size });
      return true;
    } catch {
      return false; // asked for again in a while; until then the network's address is used
    }
  }

  /** Let go of what was held longest ago and is not wanted; a wanted one never goes. */
  private makeRoom(bytes: number): void {
    const wanted = new Set(this.wanted.map((ref) => ref.digest));
    let total = bytes + [...this.held.values()].reduce((sum, one) => sum + one.bytes, 0);
    for (const [digest, one] of this.held) {
      if (total <= MOST_BYTES) return;
      if (wanted.has(digest)) continue;
      URL.revokeObjectURL(one.url);
      this.held.delete(digest);
      total -= one.bytes;
    }
  }

  private address(ref: MediaRef): string {
    return `${this.base}/media/${ref.digest}`;
  }
}

/** The still of an item: what is seen before a film plays, and what stands for it in a list. */
export const stillOf = (item: Item): MediaRef | null => item.phone.poster ?? item.phone.image;

/** What an item needs to be shown; the still first, it is small. */
export function mediaOf(item: Item, withSound: boolean): MediaRef[] {
  const { picture, sound } = item.phone;
  return [stillOf(item), picture, withSound ? sound : null].filter((ref): ref is MediaRef => ref !== null);
}
