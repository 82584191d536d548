// The line to where this page came from: a socket where it opens, plain requests where it does not.

import { io, type Socket } from "socket.io-client";
import type { ClockPong, ErrorBody, GameSeat, GameState, SeatInput, ShownOffers, Stage, StockHint } from "./wire";

const ANSWER_MS = 4000;
const AGAIN_MS = 5000;
// The first pause between two tries to connect, and the longest; SPREAD is how much chance makes of them. After a long
// cut nearly all phones are back 7 s after the server is (1.4 of the longest pause). A web process takes some 250 sockets
// a second: of 3,000 phones that come back together, none waits longer than the `timeout` of its try.
const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 5000;
const SPREAD = 0.8;

export interface Shown {
  code: string;
  /** The offers that the page shows now. */
  offers(): Iterable<string>;
}

export interface Heard {
  stage(): void;
  stock(hint: StockHint): void;
  game?(state: GameState): void;
  line(): void;
}

/** Phones that were cut off together do not come back together. */
export const spread = (ms: number): number => ms * (0.7 + 0.6 * Math.random());

export class Live {
  private readonly socket: Socket;
  private opening = 0;
  private gameOverSocket = true;

  /** The offers of which the server brings hints, as JSON of a `ShownOffers`. */
  private followed = "";

  constructor(
    private readonly shown: Shown,
    heard: Heard,
    private readonly token = "",
  ) {
    this.socket = io("/phone", {
      auth: (send) => send({ screen: shown.code, ...this.follow() }),
      query: { screen: shown.code }, // by which nginx finds the process that referees this screen's games
      transports: ["websocket", "polling"],
      tryAllTransports: true,
      timeout: 5000,
      reconnectionDelay: FIRST_PAUSE_MS,
      reconnectionDelayMax: LONGEST_PAUSE_MS,
      randomizationFactor: SPREAD,
    });
    this.socket.on("stage", () => heard.stage());
    this.socket.on("stock", (hint: StockHint) => heard.stock(hint));
    this.socket.on("game", (state: GameState) => heard.game?.(state));
    this.socket.on("connect", () => {
      this.followOffers();
      heard.line();
    });
    this.socket.on("disconnect", () => {
      heard.line();
      this.openAgain();
    });
    this.socket.on("connect_error", () => this.openAgain());
  }

  /** A socket that the server refused or closed stays closed unless it is opened again. */
  private openAgain(): void {
    if (this.socket.active) return;
    clearTimeout(this.opening);
    this.opening = window.setTimeout(() => this.socket.connect(), spread(AGAIN_MS));
  }

  /** Called when the page shows other offers. */
  followOffers(): void {
    const before = this.followed;
    if (!this.socket.connected) return;
    const shown = this.follow();
    if (this.followed !== before) this.socket.emit("offers", shown);
  }

  private follow(): ShownOffers {
    const shown = { offers: [...this.shown.offers()].sort() };
    this.followed = JSON.stringify(shown);
    return shown;
  }

  get connected(): boolean {
    return this.socket.connected;
  }

  /** A clock ping over the socket where there is one: it costs a frame instead of a request. */
  ping = async (t0: number, withinMs = ANSWER_MS): Promise<ClockPong> => {
    if (!this.socket.connected) return this.fetchClock(t0, withinMs);
    const pong = (await this.socket.timeout(withinMs).emitWithAck("clock", { t0 })) as ClockPong | null;
    if (!pong) throw new Error("the clock did not answer");
    return pong;
  };

  fetchClock = (t0: number, withinMs = ANSWER_MS): Promise<ClockPong> =>
    getJson<ClockPong>(`/api/v1/clock?t0=${t0}`, withinMs);

  /** Whether the states of a game come by themselves: a box's sockets bring none where the server is the referee. */
  get bringsGames(): boolean {
    return this.socket.connected && this.gameOverSocket;
  }

  /** Whether the network lets no WebSocket through, so that the socket is made of plain requests. */
  get isPolled(): boolean {
    return this.socket.io.engine?.transport.name === "polling";
  }

  /** Over the socket where it brings games. Without, the answer is what the socket would have brought. */
  async sendGame(input: SeatInput): Promise<GameState | null> {
    if (!this.bringsGames) return postJson<GameState>(this.gamePath(input.spot, "inputs"), input);
    this.socket.emit("game", input);
    return null;
  }

  async joinGame(spot: number, presence: string): Promise<GameSeat> {
    const seat = await postJson<GameSeat>(this.gamePath(spot, "seat"), { presence });
    this.gameOverSocket = seat.over_socket;
    return seat;
  }

  private gamePath(spot: number, last: string): string {
    const query = this.token ? `?t=${encodeURIComponent(this.token)}` : "";
    return `/api/v1/screens/${encodeURIComponent(this.shown.code)}/games/${spot}/${last}${query}`;
  }

  fetchStage(): Promise<Stage> {
    return getJson<Stage>(`/api/v1/screens/${encodeURIComponent(this.shown.code)}/stage`, ANSWER_MS * 2);
  }
}

/** An answer that is none. A server that is busy says when to come back. */
export class Failed extends Error {
  readonly status: number;
  readonly retryAfterMs: number | undefined;

  constructor(answer: Response) {
    super(`${answer.url}: ${answer.status}`);
    this.status = answer.status;
    this.retryAfterMs = retryAfterMs(answer);
  }
}

/** The server understood, and says why not. */
export class Refused extends Error {
  constructor(readonly body: ErrorBody) {
    super(body.message);
  }
}

const LONGEST_WAIT_S = 60;

/** Only seconds are read, as this server writes them; a date, or nonsense, says nothing. */
export function retryAfterMs(answer: Response): number | undefined {
  const seconds = Number.parseInt(answer.headers.get("Retry-After") ?? "", 10);
  return seconds >= 0 ? Math.min(seconds, LONGEST_WAIT_S) * 1000 : undefined;
}

export async function getJson<Answer>(url: string, withinMs: number): Promise<Answer> {
  const how = { cache: "no-store", headers: { Accept: "application/json" } } as const;
  return fetchWithin(url, withinMs, how, async (answer) => {
    if (!answer.ok) throw new Failed(answer);
    return (await answer.json()) as Answer;
  });
}

/** Throws Refused where the server says why not, and another error where nothing answered. */
export async function postJson<Answer>(url: string, body: unknown): Promise<Answer> {
  const headers = { "Content-Type": "application/json", Accept: "application/json" };
  return fetchWithin(url, ANSWER_MS, { method: "POST", headers, body: JSON.stringify(body) }, async (answer) => {
    if (answer.ok) return (await answer.json()) as Answer;
    if (answer.status >= 500) throw new Failed(answer);
    throw new Refused(((await answer.json()) as { error: ErrorBody }).error);
  });
}

/** A fetch that ends, its body included: phones keep requests of a WiFi that is gone open for minutes. */
export async function fetchWithin<Read>(
  url: string,
  withinMs: number,
  how: RequestInit,
  read: (answer: Response) => Read | Promise<Read>,
): Promise<Read> {
  const patience = new AbortController();
  const timer = setTimeout(() => patience.abort(), withinMs);
  try {
    return await read(await fetch(url, { ...how, signal: patience.signal }));
  } finally {
    clearTimeout(timer);
  }
}
