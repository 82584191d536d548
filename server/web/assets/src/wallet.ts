// A phone's coupon pages: the live QR and number, and the till's answer.
import { renderSVG } from "uqr";
import { Awake } from "../../../../media/phone/app/src/awake";
import { Leaving } from "../../../../media/phone/app/src/leaving";
import { bytesOf, liveNumber, qrText, stepAt } from "./lib/coupon";

const LOOK_EVERY_MS = 4000;

const whileSeen = (everyMs: number, look: () => Promise<void>): void => {
  setInterval(() => {
    // A look that fails is tried again at the next turn: elevators lose the network.
    if (!document.hidden) look().catch(() => undefined);
  }, everyMs);
};

const fetchJson = async <T>(path: string): Promise<T> => {
  const answer = await fetch(path, { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(String(answer.status));
  return (await answer.json()) as T;
};

// The server's clock at load, carried on by the monotonic one: the phone's own clock may be wrong.
const serverClock = (loadedMs: number): (() => number) => {
  const began = performance.now();
  return () => loadedMs + performance.now() - began;
};

const keepLive = (ticket: HTMLElement): void => {
  const { secret = "", handle = "", now = "0", step = "30000", claim = "" } = ticket.dataset;
  const clock = serverClock(Number(now));
  const stepMs = Number(step);
  const bytes = bytesOf(secret);
  const qr = ticket.querySelector<HTMLElement>("[data-qr]");
  const number = ticket.querySelector<HTMLElement>("[data-number]");
  const bar = ticket.querySelector<HTMLElement>("[data-bar]");
  const leaving = new Leaving();
  let shown = -1;
  const show = (): void => {
    const at = stepAt(clock(), stepMs);
    if (bar) bar.style.transform = `scaleX(${1 - (clock() % stepMs) / stepMs})`;
    if (at === shown) return;
    shown = at;
    if (qr) qr.innerHTML = renderSVG(qrText(handle, bytes, at), { border: 3, ecc: "M" });
    if (number) number.textContent = liveNumber(bytes, at);
  };
  show();
  setInterval(show, 250);
  // A page that slept in the background may carry an old clock: request the page again rather than show a stale code.
  addEventListener("pageshow", (event) => event.persisted && location.reload());
  reloadAfterSleep();
  whileSeen(LOOK_EVERY_MS, async () => {
    const { state } = await fetchJson<{ state: string }>(claim);
    if (state !== "ready" && !leaving.underWay) location.reload();
  });
};

// The monotonic clock stands still while some phones sleep; wall time shows that they did.
const reloadAfterSleep = (): void => {
  const drift = (): number => Date.now() - performance.now();
  const atLoad = drift();
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden && Math.abs(drift() - atLoad) > 5000) location.reload();
  });
};

const tickets = document.querySelectorAll<HTMLElement>("[data-secret]");
tickets.forEach(keepLive);
if (tickets.length > 0) new Awake();
