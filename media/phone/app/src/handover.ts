// A phone's coupons, taken along when its page moves from the box to the server: two addresses, two cookies.

import { Failed, fetchWithin } from "./live";
import { pause } from "./timekeeper";
import type { Handover, TakenOver } from "./wire";

const ANSWER_MS = 8000;
const AGAIN_MS = 3000;
const TRIES = 20; // a minute, while the phone changes from one network to the other
const MARK = "#coupons=";
const KEPT_AS = "liftcast-coupons";

export const withHandover = (address: string, token: string): string =>
  token ? `${address}${MARK}${encodeURIComponent(token)}` : address;

/** Asked for while the box answers: when the WiFi is gone it is too late. */
export class Departure {
  token = "";

  constructor(private readonly phoneToken: string) {}

  /** Without an answer the earlier token stays. It also moves what is claimed later. */
  async renew(): Promise<void> {
    const answer = await post<Handover>(asPhone("/api/v1/wallet/handover", this.phoneToken), {}).catch(() => null);
    if (answer) this.token = answer.token;
  }
}

/** Called on the server's page, with the token of a phone that stores no cookie: the coupons become that phone's.
 * Resolves with how many came along; the address is clean at once. */
export async function takeOver(phoneToken: string): Promise<number> {
  const given = location.hash.startsWith(MARK) ? decodeURIComponent(location.hash.slice(MARK.length)) : "";
  if (given) {
    stored((storage) => storage.setItem(KEPT_AS, given)); // a page that is loaded anew meanwhile goes on
    history.replaceState(history.state, "", location.pathname + location.search);
  }
  const token = given || stored((storage) => storage.getItem(KEPT_AS));
  if (!token) return 0;
  const answer = await handIn(token, phoneToken);
  stored((storage) => storage.removeItem(KEPT_AS));
  return answer?.coupons ?? 0;
}

/** Null in a captive sheet, which has no storage: it throws there. */
function stored<Found>(use: (storage: Storage) => Found): Found | null {
  try {
    return use(sessionStorage);
  } catch {
    return null;
  }
}

const asPhone = (path: string, phoneToken: string): string =>
  phoneToken ? `${path}?t=${encodeURIComponent(phoneToken)}` : path;

async function handIn(token: string, phoneToken: string): Promise<TakenOver | null> {
  for (let tries = 1; tries <= TRIES; tries += 1) {
    try {
      return await post<TakenOver>(asPhone("/api/v1/wallet/takeover", phoneToken), { token });
    } catch {
      await pause(AGAIN_MS);
    }
  }
  return null;
}

/** Null where the server refuses for good; throws where another try may do better. */
function post<Answer>(address: string, body: object): Promise<Answer | null> {
  const headers = { "Content-Type": "application/json", Accept: "application/json" };
  return fetchWithin(address, ANSWER_MS, { method: "POST", headers, body: JSON.stringify(body) }, async (answer) => {
    if (answer.status >= 500 || answer.status === 429) throw new Failed(answer);
    return answer.ok ? ((await answer.json()) as Answer) : null;
  });
}
