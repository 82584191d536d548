// Fetches the media of the next items into memory, so that a lost network is not seen and a seek costs nothing.

import { download } from "./download";
import { Retries } from "./retries";
import type { Item, MediaRef } from "./wire";

const MOST_BYTES = 48 << 20;
const AGAIN_MS = 5000;

interface Stored {
  url: string;
  blob: Blob;
}

export class Prefetch {
  private stored = new Map<string, Stored>();
  private downloads = new Map<string, Promise<Blob>>();
  private requested: MediaRef[] = [];
  private working = false;
  private readonly retries = new Retries(AGAIN_MS);

  constructor(private readonly base: string) {}

  /** An address of the file: in memory if it is stored there, else on the network. */
  url(ref: MediaRef): string {
    return this.stored.get(ref.digest)?.url ?? this.address(ref);
  }

  /** The file's bytes. They are read from the blob itself: to fetch its URL would need `blob:` in the page's policy. */
  async read(ref: MediaRef): Promise<ArrayBuffer> {
    const blob = this.stored.get(ref.digest)?.blob ?? (await this.download(ref));
    return blob.arrayBuffer();
  }

  has(ref: MediaRef): boolean {
    return this.stored.has(ref.digest);
  }

  /** Fetches these files in this order, one after the other: the radio is shared with everyone who waits. */
  request(refs: MediaRef[]): void {
    this.requested = refs;
    if (!this.working) void this.work();
  }

  private async work(): Promise<void> {
    this.working = true;
    for (let ref = this.missing(); ref; ref = this.missing()) {
      await this.download(ref).catch(() => undefined); // tried again later; until then the network's address is used
    }
    this.working = false;
  }

  private missing(): MediaRef | undefined {
    let bytes = 0;
    return this.requested.find((ref) => {
      bytes += ref.bytes;
      return bytes <= MOST_BYTES && !this.has(ref) && this.retries.mayTry(ref.digest);
    });
  }

  /** Two callers of the same file share one download. */
  private download(ref: MediaRef): Promise<Blob> {
    const underWay = this.downloads.get(ref.digest);
    if (underWay) return underWay;
    const started = this.downloadAndStore(ref).finally(() => this.downloads.delete(ref.digest));
    this.downloads.set(ref.digest, started);
    return started;
  }

  private async downloadAndStore(ref: MediaRef): Promise<Blob> {
    try {
      const blob = await download(this.address(ref));
      this.makeRoom(blob.size);
      this.stored.set(ref.digest, { url: URL.createObjectURL(blob), blob });
      this.retries.succeeded(ref.digest);
      return blob;
    } catch (error) {
      this.retries.failed(ref.digest);
      throw error;
    }
  }

  /** Drops the files that were stored first and are not requested; a requested file is never dropped. */
  private makeRoom(bytes: number): void {
    const requested = new Set(this.requested.map((ref) => ref.digest));
    let total = bytes + [...this.stored.values()].reduce((sum, { blob }) => sum + blob.size, 0);
    for (const [digest, { url, blob }] of this.stored) {
      if (total <= MOST_BYTES) return;
      if (requested.has(digest)) continue;
      URL.revokeObjectURL(url);
      this.stored.delete(digest);
      total -= blob.size;
    }
  }

  private address(ref: MediaRef): string {
    return `${this.base}/media/${ref.digest}`;
  }
}

/** The still of an item: it is seen before a film plays, and represents the item in a list. */
export const stillOf = (item: Item): MediaRef | null => item.phone.poster ?? item.phone.image;

/** The media that show an item; the still first, because it is small. */
export function mediaOf(item: Item, withSound: boolean): MediaRef[] {
  const { picture, sound } = item.phone;
  return [stillOf(item), picture, withSound ? sound : null].filter((ref): ref is MediaRef => ref !== null);
}
