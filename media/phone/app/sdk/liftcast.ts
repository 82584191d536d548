// The SDK of a game from outside. The game runs in a frame that reaches nothing but its own files; through this script
// it hears who plays, and says how it stands. See kit/README.md.

import type { Liftcast, Start } from "./api";

const BEAT_MS = 1000;

class Line implements Liftcast {
  private start: Start | null = null;
  private readonly waiting: ((start: Start) => void)[] = [];
  private now = 1;

  constructor() {
    addEventListener("message", (event) => event.source === parent && this.hear(event.data));
    setInterval(() => this.send("beat"), BEAT_MS);
  }

  get players(): number {
    return this.now;
  }

  ready(): Promise<Start> {
    this.send("ready");
    return new Promise((resolve) => {
      if (this.start) resolve(this.start);
      else this.waiting.push(resolve);
    });
  }

  input(): void {
    this.send("input");
  }

  score(points: number): void {
    this.send("score", points);
  }

  finish(): void {
    this.send("finish");
  }

  board(shown: number | string): void {
    this.send("board", shown);
  }

  private hear(data: unknown): void {
    if (typeof data !== "string") return;
    const message = JSON.parse(data) as { do: "start"; start: Start } | { do: "players"; players: number };
    if (message.do === "players") this.now = message.players;
    else this.begin(message.start);
  }

  private begin(start: Start): void {
    this.start = start;
    this.now = start.players;
    for (const resolve of this.waiting.splice(0)) resolve(start);
  }

  /** Texts, so that the page can see how long a message is before it reads it. */
  private send(what: string, value?: number | string): void {
    parent.postMessage(JSON.stringify({ do: what, value }), "*");
  }
}

Object.defineProperty(window, "liftcast", { value: new Line() });
