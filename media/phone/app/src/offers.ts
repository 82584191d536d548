// Coupons on the page: how many are left, and one tap that claims one, safe to repeat.

import { Failed, fetchWithin, getJson, spread } from "./live";
import { pause } from "./timekeeper";
import type { ClaimAnswer, ErrorBody, OfferStanding, Stock, StockHint } from "./wire";

const TRIES = 3;
const AGAIN_MS = 400;
const ANSWER_MS = 8000;
const UNDECIDED = ["offline", "busy"];

/** The action that an offer allows now; `wait` while a claim is being decided. */
export type OfferState =
  | { can: "claim"; left: number | null }
  | { can: "wait" }
  | { can: "open"; url: string }
  | { can: "nothing"; why: (typeof WHY_NOT)[keyof typeof WHY_NOT] | "scan" };

export interface Trouble {
  code: string;
  message: string;
  remedy: string;
  /** Seconds after which another try may do better, where the server says so. */
  againS?: number;
}

export interface Here {
  code: string;
  presence: string;
  token: string;
  fromBox: boolean;
}

/** Pure: the state that follows from an offer's stock and this phone's claims. */
export function offerState(
  offer: { presence: boolean },
  known: { stock: Stock | undefined; claimed: string | undefined; busy: boolean },
  here: { presence: string; fromBox: boolean },
): OfferState {
  if (known.claimed !== undefined) return { can: "open", url: known.claimed };
  if (known.busy) return { can: "wait" };
  const stock = known.stock;
  if (stock && stock.standing !== "open") return { can: "nothing", why: WHY_NOT[stock.standing] ?? "over" };
  if (stock && stock.left <= 0) return { can: "nothing", why: "sold_out" };
  if (offer.presence && !here.presence && !here.fromBox) return { can: "nothing", why: "scan" };
  return { can: "claim", left: stock ? stock.left : null };
}

/** The word of words.json for each standing in which an offer cannot be claimed; the same as in media/phone/page.py. */
const WHY_NOT = {
  draft: "not_open",
  not_yet: "not_open",
  over: "over",
  paused: "paused",
  stopped: "over",
  sold_out: "sold_out",
} as const satisfies Record<Exclude<OfferStanding, "open">, string>;

/** A hint after which only the number changed; sold out and open again follow from it. */
export function afterHint(stock: Stock | undefined, hint: StockHint): Stock {
  const soldOut = stock?.standing === "sold_out" || stock?.standing === "open" || !stock;
  return { ...hint, standing: soldOut ? (hint.left > 0 ? "open" : "sold_out") : stock.standing };
}

export class Offers {
  private stock: Map<string, Stock>;
  private claimed = new Map<string, string>();
  private keys = new Map<string, string>();
  private busy = new Set<string>();
  private troubles = new Map<string, Trouble>();

  constructor(
    private readonly here: Here,
    known: Stock[],
    private readonly changed: () => void,
  ) {
    this.stock = new Map(known.map((stock) => [stock.offer, stock]));
  }

  state(offer: { id: string; presence: boolean }): OfferState {
    const known = {
      stock: this.stock.get(offer.id),
      claimed: this.claimed.get(offer.id),
      busy: this.busy.has(offer.id),
    };
    return offerState(offer, known, this.here);
  }

  stockOf(id: string): Stock | undefined {
    return this.stock.get(id);
  }

  trouble(id: string): Trouble | undefined {
    return this.troubles.get(id);
  }

  hear(hint: StockHint): void {
    const before = this.stock.get(hint.offer);
    this.stock.set(hint.offer, afterHint(before, hint));
    if (hint.left > 0 !== (before?.standing === "open")) void this.look(hint.offer);
    this.changed();
  }

  async look(id: string): Promise<void> {
    try {
      this.stock.set(id, await getJson<Stock>(`/api/v1/offers/${encodeURIComponent(id)}/stock`, ANSWER_MS));
      this.changed();
    } catch {
      // The number is an extra: without it the button stays, and the claim itself is decided by the server.
    }
  }

  /** One tap is one claim: its key stays until the server has answered, so that a repeat is the same claim. */
  async claim(id: string): Promise<void> {
    if (this.busy.has(id)) return;
    const key = this.keys.get(id) ?? newKey();
    this.keys.set(id, key);
    this.busy.add(id);
    this.troubles.delete(id);
    this.changed();
    await this.settle(id, await this.send(id, key));
    this.busy.delete(id);
    this.changed();
  }

  private async settle(id: string, answer: ClaimAnswer | Trouble): Promise<void> {
    if ("claim" in answer) this.claimed.set(id, answer.wallet_url);
    else this.troubles.set(id, answer);
    const final = "claim" in answer || !UNDECIDED.includes(answer.code);
    if (final) this.keys.delete(id);
    if (final && !("claim" in answer)) await this.look(id);
  }

  private async send(id: string, key: string): Promise<ClaimAnswer | Trouble> {
    let code = "offline";
    for (let tries = 1; tries <= TRIES; tries += 1) {
      try {
        return await this.post(id, key);
      } catch (error) {
        const busyMs = error instanceof Failed ? error.retryAfterMs : undefined;
        code = busyMs === undefined ? "offline" : "busy";
        if (tries < TRIES) await pause(busyMs === undefined ? AGAIN_MS * tries : spread(busyMs));
      }
    }
    return { code, message: "", remedy: "" };
  }

  /** The server's decision. Throws when there was none: the same key may then be sent again. */
  private post(id: string, key: string): Promise<ClaimAnswer | Trouble> {
    const query = this.here.token ? `?t=${encodeURIComponent(this.here.token)}` : "";
    const address = `/api/v1/offers/${encodeURIComponent(id)}/claims${query}`;
    const how = {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "application/json", "Idempotency-Key": key },
      body: JSON.stringify({ screen: this.here.code, presence: this.here.presence }),
    };
    return fetchWithin(address, ANSWER_MS, how, (answer) => {
      if (answer.status >= 500) throw new Failed(answer);
      return readAnswer(answer);
    });
  }
}

async function readAnswer(answer: Response): Promise<ClaimAnswer | Trouble> {
  const body = (await answer.json().catch(nothingIfNoJson)) as Partial<ClaimAnswer> & { error?: ErrorBody };
  if (answer.ok && body.wallet_url) return body as ClaimAnswer;
  const trouble: Trouble = body.error ?? { code: `http_${answer.status}`, message: "", remedy: "" };
  const againS = Number(answer.headers.get("Retry-After"));
  return againS > 0 ? { ...trouble, againS } : trouble;
}

/** A proxy's own page says nothing; an answer that broke off may have said anything. */
function nothingIfNoJson(error: unknown): object {
  if (error instanceof SyntaxError) return {};
  throw error;
}

/** Random enough, and available on plain http too, where `crypto.randomUUID` is not. */
function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
