// The game on the screen: this phone joins, is its controller, and shows who has won. It takes the place of the film.
// Each kind of game has a controller of its own for the time in which it is played: see controller.ts.

import { byId, setHidden, setText } from "../dom";
import { Refused } from "../live";
import type { Shown } from "../stage";
import type { GameCard, GameResult, GameSeat, GameState, MediaRef, PageHello, Phrase, SeatFace, SeatInput, Stage } from "../wire";
import { hasWord, type Say } from "../words";
import type { Controller, Play } from "./controller";
import { controllerFor } from "./kinds";

// A few players see their taps at once. In a crowd, and over plain requests, everybody sends less often.
export const SEND_EVERY_MS = 50;
export const SEND_IN_A_CROWD_EVERY_MS = 200;
const A_FEW = 12; // as the server has it: more phones than a race has lanes are a crowd
export const REPEAT_EVERY_MS = 500;

/** What a game needs of the page it is on. */
export type GamePage = Pick<PageHello, "language"> & { stage: Pick<Stage, "media_base" | "games_at_box"> };

export type Phase = "join" | "play" | "result";

/** What the game needs of the line to its referee. */
export interface Line {
  join(spot: number): Promise<GameSeat>;
  send(input: SeatInput): Promise<GameState | null>;
  /** Whether states come by themselves; else they are the answers to inputs, and each is a little late. */
  bringsStates(): boolean;
  /** Whether there is no WebSocket: each message then costs a request, and states arrive late. */
  isLate(): boolean;
}

interface Round extends Play {
  spot: number;
  controller: Controller;
  /** The input that was sent last, as JSON; empty if it must be sent again. */
  sent: string;
  sentAt: number;
  joining: boolean;
  trouble: string;
}

export class Game {
  private round: Round | null = null;
  private phase: Phase | null = null;
  private isOpen = false;
  private sending = 0;
  /** How far this phone's own clock is ahead of the screens'. */
  private aheadMs = 0;
  private readonly box = byId("game", HTMLElement);
  private readonly button = byId("game-act", HTMLButtonElement);

  constructor(
    private readonly hello: GamePage,
    private readonly say: Say,
    private readonly line: Line,
  ) {
    this.button.addEventListener("pointerdown", (event) => event.isPrimary && this.act());
    this.button.addEventListener("keydown", (event) => {
      if (event.key !== " " && event.key !== "Enter") return;
      event.preventDefault(); // else the click that follows would count again
      if (!event.repeat) this.act();
    });
    // Only assistive technology clicks without a pointer and without a key.
    this.button.addEventListener("click", (event) => event.detail === 0 && this.act());
  }

  /** Follows the screen; returns when the phase changes, in ms UTC. */
  update(shown: Shown, nowMs: number): number {
    const card = shown.kind === "item" && !shown.instead ? shown.item.phone.game : null;
    if (!card) {
      this.leave();
      return Infinity;
    }
    this.aheadMs = Date.now() - nowMs;
    const round = this.round?.spot === shown.starts_ms ? this.round : this.enter(shown.starts_ms, card);
    const sinceMs = nowMs - shown.starts_ms;
    this.phase = phaseAt(card, sinceMs);
    this.isOpen = isOpenAt(card, sinceMs);
    round.sinceMs = sinceMs;
    this.draw();
    return nextChange(card, shown.starts_ms, nowMs, round.controller.changesMs);
  }

  hear(state: GameState): void {
    if (!this.round || state.spot !== this.round.spot) return;
    this.round.state = state;
    this.draw();
  }

  private enter(spot: number, card: GameCard): Round {
    this.leave();
    const controller = controllerFor(card, {
      say: this.say,
      words: (phrase) => this.words(phrase),
      language: this.hello.language,
      mediaBase: this.hello.stage.media_base,
      phoneMs: (afterMs) => spot + afterMs + this.aheadMs,
      changed: () => this.changed(),
    });
    const sent = JSON.stringify(controller.input);
    const none = { seat: null, state: null, joining: false, trouble: "" };
    const round = { ...none, spot, card, controller, sent, sentAt: -Infinity, sinceMs: 0 };
    this.round = round;
    this.paint(card);
    setHidden(this.box, false);
    const hasPictures = card.look.logo !== null || card.look.product !== null;
    this.makeTall(card.kind !== "race" || isDrawn(card) || hasPictures || this.isElsewhere);
    this.sending = window.setInterval(() => void this.send(), SEND_EVERY_MS);
    return round;
  }

  /** This page comes from the server, and the referee is the screen's box. */
  private get isElsewhere(): boolean {
    return this.hello.stage.games_at_box === true;
  }

  /** In the advertiser's colours, with its logo and product. */
  private paint({ look }: GameCard): void {
    this.showPicture("game-logo", look.logo);
    this.showPicture("game-product", look.product);
    this.box.classList.toggle("own", look.colours !== null);
    for (const name of ["ground", "accent", "on_accent"] as const) {
      this.box.style.setProperty(`--game-${name.replace("_", "-")}`, look.colours?.[name] ?? null);
    }
  }

  private showPicture(id: string, picture: MediaRef | null): void {
    const image = byId(id, HTMLImageElement);
    if (picture) image.src = `${this.hello.stage.media_base}/media/${picture.digest}`;
    setHidden(image, picture === null);
  }

  private leave(): void {
    if (!this.round) return;
    this.round.controller.draw(this.round, false);
    this.round.controller.leave?.();
    this.round = this.phase = null;
    clearInterval(this.sending);
    setHidden(this.box, true);
    this.makeTall(false);
  }

  /** The film's frame is too low for answers, the terms of a draw, pictures, and the way to the box's WiFi. */
  private makeTall(tall: boolean): void {
    byId("frame", HTMLElement).classList.toggle("tall", tall);
  }

  private act(): void {
    const { round, phase } = this;
    if (!round || phase === "result") return;
    if (!round.seat) {
      if (this.isOpen && !this.isElsewhere) void this.join(round);
    } else if (phase === "play") round.controller.press();
  }

  private changed(): void {
    this.draw();
    void this.send();
  }

  private async join(round: Round): Promise<void> {
    if (round.joining) return;
    round.joining = true;
    this.draw();
    try {
      round.seat = await this.line.join(round.spot);
      round.trouble = "";
    } catch (error) {
      round.trouble = this.reason(error);
    }
    round.joining = false;
    this.draw();
  }

  private reason(error: unknown): string {
    if (!(error instanceof Refused)) return this.say("game_offline");
    const known = `trouble_${error.body.code}`;
    return hasWord(known) ? this.say(known) : `${error.body.message} ${error.body.remedy}`;
  }

  /** Everything so far, so that a message may be lost. The last input is sent after the end, and counts. */
  private async send(): Promise<void> {
    const round = this.round;
    if (!round?.seat || round.state?.result || !this.isDue(round)) return;
    const { input } = round.controller;
    [round.sent, round.sentAt] = [JSON.stringify(input), performance.now()];
    try {
      const state = await this.line.send({ spot: round.spot, ticket: round.seat.ticket, ...input });
      if (state) this.hear(state);
    } catch {
      round.sent = "";
    }
  }

  /** Without a socket, and while the result is missing, the same is sent again: a referee that was restarted goes on
   * with the game when it hears of it. */
  private isDue(round: Round): boolean {
    const since = performance.now() - round.sentAt;
    if (round.sent !== JSON.stringify(round.controller.input)) return since >= this.pauseMs(round);
    return (!this.line.bringsStates() || this.phase === "result") && since >= REPEAT_EVERY_MS;
  }

  private pauseMs(round: Round): number {
    const few = !this.line.isLate() && (round.state?.joined ?? 0) <= A_FEW;
    return few ? SEND_EVERY_MS : SEND_IN_A_CROWD_EVERY_MS;
  }

  // --- what is seen

  private draw(): void {
    const { round, phase } = this;
    if (!round || !phase) return;
    setText(byId("game-call", HTMLElement), this.words(round.card.call));
    this.drawFace(round);
    setText(byId("game-line", HTMLElement), this.lineOf(round, phase));
    setText(byId("game-trouble", HTMLElement), round.trouble || this.lagText(round, phase));
    setText(this.button, this.buttonText(round, phase));
    setHidden(this.button, !this.hasButton(round, phase));
    this.button.disabled = round.joining || (phase === "join" && round.seat !== null);
    this.button.classList.toggle("tapping", phase === "play" && round.seat !== null);
    const won = phase === "result" && isWinner(round);
    const prize = byId("game-prize", HTMLAnchorElement);
    if (won && round.card.prize) prize.href = withPrize(prize.href, round.card.prize.id);
    setHidden(prize, !won);
    this.drawTerms(round);
    this.box.classList.toggle("won", won);
    round.controller.draw(round, phase === "play" && round.seat !== null);
  }

  private hasButton(round: Round, phase: Phase): boolean {
    if (!round.seat) return this.isOpen && !this.isElsewhere && phase !== "result";
    return phase === "join" || (phase === "play" && round.controller.buttonText !== "");
  }

  private words(phrase: Phrase): string {
    const other = this.hello.language === "en" ? phrase.zh : phrase.en;
    return phrase[this.hello.language] || other;
  }

  /** Odds and stock, the promise of the draw before the end, and its seed after it. */
  private drawTerms({ card, seat, state }: Round): void {
    const promise = seat?.promise ?? state?.promise ?? "";
    const seed = state?.result?.seed ?? "";
    setHidden(byId("game-terms", HTMLElement), !isDrawn(card));
    setText(byId("game-terms", HTMLElement), this.say("draw_terms", { n: card.prizes, of: card.one_in }));
    setHidden(byId("game-proof", HTMLElement), !isDrawn(card) || !promise);
    setText(byId("game-promise", HTMLElement), this.say("draw_promise", { digits: promise }));
    setText(byId("game-seed", HTMLElement), seed && this.say("draw_seed", { digits: seed }));
  }

  private drawFace(round: Round): void {
    const face = this.faceOf(round);
    const badge = byId("game-face", HTMLElement);
    setText(badge, face?.emoji ?? "");
    badge.style.backgroundColor = face?.colour ?? "";
    setHidden(badge, !face);
  }

  /** One's own; in the result, without a seat, the winner's. */
  private faceOf(round: Round): SeatFace | null {
    return round.seat?.face ?? round.state?.result?.places[0]?.face ?? null;
  }

  private lineOf(round: Round, phase: Phase): string {
    if (phase === "join") return this.joinText(round, round.state?.joined ?? 0);
    if (phase === "play") return this.playText(round);
    return this.resultText(round);
  }

  private lagText(round: Round, phase: Phase): string {
    return round.seat && phase !== "result" && this.line.isLate() ? this.say("game_lag") : "";
  }

  private joinText(round: Round, joined: number): string {
    if (this.isElsewhere) return this.say("trouble_game_at_box");
    if (round.seat) return this.say("game_wait", { n: joined });
    return joined ? this.say("game_invite", { n: joined }) : this.say("game_first");
  }

  private playText(round: Round): string {
    if (round.seat) return round.controller.line(round);
    if (this.isOpen && this.isElsewhere) return this.say("trouble_game_at_box");
    return this.say(this.isOpen ? "game_running" : "game_watch");
  }

  private resultText(round: Round): string {
    const result = round.state?.result;
    if (!result) return this.say(round.seat ? "game_counting" : "game_over");
    if (isWinner(round)) return this.say(result.cut_short ? "game_drawn" : "game_won", { title: round.card.prize?.title ?? "" });
    if (round.seat && result.without_prize.includes(round.seat.seat)) {
      return this.say("game_sold_out", { title: round.card.prize?.title ?? "" });
    }
    if (result.cut_short) return this.say("game_cut_short");
    const place = placeOf(result, round.seat);
    if (place) return this.say("game_place", { n: place, of: result.places.length });
    return this.say(round.seat && isDrawn(round.card) ? "draw_lost" : "game_over");
  }

  private buttonText(round: Round, phase: Phase): string {
    if (round.joining) return this.say("game_joining");
    if (!round.seat) return this.say("game_join");
    return phase === "join" ? this.say("game_ready") : round.controller.buttonText;
  }
}

export function phaseAt(card: GameCard, sinceStartMs: number): Phase {
  if (sinceStartMs < card.play_after_ms) return "join";
  return sinceStartMs < card.result_after_ms ? "play" : "result";
}

/** From here on a phone can only watch: half of the play is over. */
const lastJoinMs = (card: GameCard): number => (card.play_after_ms + card.result_after_ms) / 2;

export function isOpenAt(card: GameCard, sinceStartMs: number): boolean {
  return sinceStartMs < lastJoinMs(card);
}

/** moreMs: of the kind of game, after the start of the spot */
export function nextChange(card: GameCard, startsMs: number, nowMs: number, moreMs: number[] = []): number {
  const changes = [card.play_after_ms, lastJoinMs(card), card.result_after_ms, ...moreMs].map((after) => startsMs + after);
  return Math.min(...changes.filter((at) => at > nowMs)); // Infinity where there is none
}

function isDrawn(card: GameCard): boolean {
  return card.prize_for === "drawn" && card.prize !== null;
}

/** 1 for the best; null for a phone that did not take part. */
export function placeOf(result: GameResult, seat: GameSeat | null): number | null {
  const place = seat ? result.places.findIndex(({ seats }) => seats.includes(seat.seat)) : -1;
  return place < 0 ? null : place + 1;
}

/** The address of the wallet, in which this offer is to be opened. */
export function withPrize(wallet: string, offer: string): string {
  const address = new URL(wallet);
  address.searchParams.set("prize", offer);
  return address.href;
}

function isWinner(round: Round): boolean {
  return round.seat !== null && (round.state?.result?.winners.includes(round.seat.seat) ?? false);
}
