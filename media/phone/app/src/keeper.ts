// Keeps the media of what comes next in memory, so that a lost network is not seen and a seek costs nothing.

import { download } from "./download";
import { Retries } from "./retries";
import type { Item, MediaRef } from "./wire";

const MOST_BYTES = 48 << 20;
const AGAIN_MS = 5000;

interface Held {
  url: string;
  blob: Blob;
}

export class Keeper {
  private held = new Map<string, Held>();
  private downloads = new Map<string, Promise<Blob>>();
  private wanted: MediaRef[] = [];
  private working = false;
  private readonly retries = new Retries(AGAIN_MS);

  constructor(private readonly base: string) {}

  /** From memory where it is held, else from the network. */
  url(ref: MediaRef): string {
    return this.held.get(ref.digest)?.url ?? this.address(ref);
  }

  /** The file's bytes. They are read from the blob itself: to fetch its URL would need `blob:` in the page's policy. */
  async read(ref: MediaRef): Promise<ArrayBuffer> {
    const blob = this.held.get(ref.digest)?.blob ?? (await this.download(ref));
    return blob.arrayBuffer();
  }

  holds(ref: MediaRef): boolean {
    return this.held.has(ref.digest);
  }

  /** Hold these, in this order, one after the other: the radio is shared with everyone who waits. */
  want(refs: MediaRef[]): void {
    this.wanted = refs;
    if (!this.working) void this.work();
  }

  private async work(): Promise<void> {
    this.working = true;
    for (let ref = this.missing(); ref; ref = this.missing()) {
      await this.download(ref).catch(() => undefined); // tried again in a while; until then the network's address is used
    }
    this.working = false;
  }

  private missing(): MediaRef | undefined {
    let bytes = 0;
    return this.wanted.find((ref) => {
      bytes += ref.bytes;
      return bytes <= MOST_BYTES && !this.holds(ref) && this.retries.mayTry(ref.digest);
    });
  }

  /** Two who want the same file share one download. */
  private download(ref: MediaRef): Promise<Blob> {
    const underWay = this.downloads.get(ref.digest);
    if (underWay) return underWay;
    const started = this.downloadAndHold(ref).finally(() => this.downloads.delete(ref.digest));
    this.downloads.set(ref.digest, started);
    return started;
  }

  private async downloadAndHold(ref: MediaRef): Promise<Blob> {
    try {
      const blob = await download(this.address(ref));
      this.makeRoom(blob.size);
      this.held.set(ref.digest, { url: URL.createObjectURL(blob), blob });
      this.retries.succeeded(ref.digest);
      return blob;
    } catch (error) {
      this.retries.failed(ref.digest);
      throw error;
    }
  }

  /** Let go of what was held longest ago and is not wanted; a wanted one never goes. */
  private makeRoom(bytes: number): void {
    const wanted = new Set(this.wanted.map((ref) => ref.digest));
    let total = bytes + [...this.held.values()].reduce((sum, { blob }) => sum + blob.size, 0);
    for (const [digest, { url, blob }] of this.held) {
      if (total <= MOST_BYTES) return;
      if (wanted.has(digest)) continue;
      URL.revokeObjectURL(url);
      this.held.delete(digest);
      total -= blob.size;
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
