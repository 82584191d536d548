// A page that came from a box moves to the server's public address when the WiFi goes: within three seconds.

import { fetchWithin } from "./live";
import { pause } from "./timekeeper";

const LOOK_EVERY_MS = 700;
const ANSWER_MS = 700;
const SURE_MS = 1200; // a crowded radio is slow, not gone

export const cameFromBox = (publicBase: string, origin: string): boolean => new URL(publicBase).origin !== origin;

/** The same page at its public address: code, scanned item and presence go along. */
export function publicAddress(publicBase: string, here: { code: string; scanned: string; presence: string }): string {
  const query = new URLSearchParams();
  if (here.scanned) query.set("i", here.scanned);
  if (here.presence) query.set("p", here.presence);
  const tail = query.toString();
  return `${publicBase}/s/${encodeURIComponent(here.code)}${tail ? `?${tail}` : ""}`;
}

/** Two ways to reach the box: the cheap one over a socket, and a request, which a dead socket does not disturb. */
export interface Box {
  ping(withinMs: number): Promise<unknown>;
  request(withinMs: number): Promise<unknown>;
}

/** Looks at the box all the time; resolves when the box is gone and the public address answers. */
export async function boxIsGone(publicBase: string, box: Box): Promise<void> {
  for (;;) {
    if (!(await answers(box.ping(ANSWER_MS)))) {
      const [there, open] = await Promise.all([answers(box.request(SURE_MS)), answers(publicAnswers(publicBase))]);
      if (!there && open) return;
    }
    await Promise.race([pause(LOOK_EVERY_MS), networkChanges()]);
  }
}

const publicAnswers = (publicBase: string): Promise<unknown> =>
  fetchWithin(`${publicBase}/healthz`, ANSWER_MS, { mode: "no-cors", cache: "no-store" }, () => undefined);

const answers = (answer: Promise<unknown>): Promise<boolean> =>
  answer.then(
    () => true,
    () => false,
  );

const networkChanges = (): Promise<void> =>
  new Promise((done) => {
    for (const event of ["offline", "online"]) window.addEventListener(event, () => done(), { once: true });
  });
