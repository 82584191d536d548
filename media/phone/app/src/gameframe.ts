// A game from outside in a frame of its own: it reaches nothing but its files, and its messages are bounded.

import type { Start } from "../sdk/api";

export const SILENT_MS = 3000;
export const LOADS_MS = 10_000;
const LOOK_MS = 500;
const LONGEST_MESSAGE = 200;
/** Messages: at once, each second, and how many too many end the game. */
const AT_ONCE = 40;
const EACH_S = 30;
const FLOOD = 200;

export type GameMessage =
  | { do: "ready" | "beat" | "input" | "finish" }
  | { do: "score"; value: number }
  | { do: "board"; value: number | string };

/** What covers the frame: it loads, does not answer, or was ended because it sent too much. */
export type Cover = "loading" | "silent" | "stopped" | null;

export interface Host {
  start(): Start;
  received(message: GameMessage): void;
  covered(cover: Cover): void;
}

export class GameFrame {
  private frame: HTMLIFrameElement | null = null;
  private limit = new MessageLimit(0);
  private heardMs = 0;
  private cover: Cover = "loading";
  private looking = 0;
  private players = 0;
  private readonly listener = (event: MessageEvent): void => this.receive(event);

  /** `box` is where the frame stands, `title` its name for screen readers. */
  constructor(
    private readonly box: HTMLElement,
    private readonly url: string,
    private readonly title: string,
    private readonly host: Host,
  ) {}

  open(): void {
    this.close();
    const frame = document.createElement("iframe");
    frame.setAttribute("sandbox", "allow-scripts"); // before its address: no origin, no form, no window, no top
    frame.setAttribute("referrerpolicy", "no-referrer");
    frame.title = this.title;
    frame.src = this.url;
    this.frame = frame;
    this.box.replaceChildren(frame);
    this.heardMs = performance.now() + LOADS_MS - SILENT_MS;
    this.limit = new MessageLimit(performance.now());
    this.show("loading");
    window.addEventListener("message", this.listener);
    this.looking = window.setInterval(() => this.look(), LOOK_MS);
  }

  close(): void {
    clearInterval(this.looking);
    window.removeEventListener("message", this.listener);
    this.frame?.remove();
    this.frame = null;
  }

  /** How many phones play now. */
  setPlayers(players: number): void {
    if (players === this.players) return;
    this.players = players;
    this.post({ do: "players", players });
  }

  /** The source alone says whose message it is: a frame without an origin has none to check. */
  private receive(event: MessageEvent): void {
    if (!this.frame || event.source !== this.frame.contentWindow) return;
    const verdict = this.limit.take(performance.now());
    if (verdict === "flood") return this.stop();
    const message = verdict === "good" ? readMessage(event.data) : null;
    if (!message) return;
    this.heardMs = Math.max(this.heardMs, performance.now());
    if (message.do === "ready") this.answerReady();
    else if (this.cover !== "loading") {
      this.show(null);
      if (message.do !== "beat") this.host.received(message);
    }
  }

  private answerReady(): void {
    this.heardMs = performance.now();
    this.show(null);
    this.post({ do: "start", start: this.host.start() });
  }

  private look(): void {
    const now = performance.now();
    if (document.hidden) this.heardMs = Math.max(this.heardMs, now); // timers of hidden pages hardly run
    if (now - this.heardMs >= SILENT_MS) this.show("silent");
  }

  private stop(): void {
    this.close();
    this.show("stopped");
  }

  private show(cover: Cover): void {
    this.cover = cover;
    this.host.covered(cover);
  }

  private post(message: object): void {
    this.frame?.contentWindow?.postMessage(JSON.stringify(message), "*");
  }
}

/** A bucket of messages. What does not fit is dropped, and too much of that is a flood. */
export class MessageLimit {
  private left = AT_ONCE;
  private dropped = 0;

  constructor(private lastMs: number) {}

  take(nowMs: number): "good" | "dropped" | "flood" {
    this.left = Math.min(AT_ONCE, this.left + ((nowMs - this.lastMs) / 1000) * EACH_S);
    this.lastMs = nowMs;
    if (this.left >= 1) {
      this.left -= 1;
      return "good";
    }
    this.dropped += 1;
    return this.dropped > FLOOD ? "flood" : "dropped";
  }
}

/** Null for all that the SDK does not send. */
export function readMessage(data: unknown): GameMessage | null {
  if (typeof data !== "string" || data.length > LONGEST_MESSAGE) return null;
  const { do: what, value } = parsed(data);
  switch (what) {
    case "ready":
    case "beat":
    case "input":
    case "finish":
      return { do: what };
    case "score":
      return isCount(value) ? { do: what, value } : null;
    case "board":
      return isCount(value) || typeof value === "string" ? { do: what, value } : null;
    default:
      return null;
  }
}

function parsed(data: string): { do?: unknown; value?: unknown } {
  try {
    const found: unknown = JSON.parse(data);
    return typeof found === "object" && found !== null ? found : {};
  } catch {
    return {};
  }
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
