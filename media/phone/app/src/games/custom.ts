// A game from outside, in its frame: it loads as soon as this phone has its seat, and is seen while it is played.

import { byId, setHidden, setText } from "../dom";
import type { Start } from "../../sdk/api";
import { type Cover, GameFrame, type GameMessage } from "../gameframe";
import type { GameCard, PlayInput } from "../wire";
import type { Controller, Page, Play } from "./controller";

const BUZZ_MS = 12;
const NO_PICTURE = -1;

export class Custom implements Controller {
  readonly changesMs: number[] = [];
  private frame: GameFrame | null = null;
  private play: Play | null = null;
  private cover: Cover = "loading";
  private taps = 0;
  private score = 0;
  private finished = false;
  private board: number | null = null;
  private picture = NO_PICTURE;

  constructor(
    private readonly card: GameCard,
    private readonly page: Page,
  ) {
    byId("game-again", HTMLButtonElement).onclick = () => this.frame?.open();
  }

  get input(): PlayInput {
    const board = this.board ?? this.score;
    return { taps: this.taps, score: this.score, finished: this.finished, board, picture: this.picture };
  }

  /** The game's own page is what is tapped. */
  get buttonText(): string {
    return "";
  }

  press(): void {}

  line(): string {
    return this.cover ? this.page.say(`game_${this.cover}`) : "";
  }

  draw(play: Play, isPlaying: boolean): void {
    this.play = play;
    if (play.seat && !this.frame && !play.state?.result) this.open();
    if (play.state) this.frame?.setPlayers(play.state.joined);
    const isOver = play.state?.result !== null && play.state?.result !== undefined;
    if (isOver) this.leave();
    byId("game", HTMLElement).classList.toggle("framed", isPlaying);
    setHidden(byId("game-frame", HTMLElement), !isPlaying || this.cover !== null);
    setHidden(byId("game-again", HTMLElement), !isPlaying || (this.cover !== "silent" && this.cover !== "stopped"));
    setText(byId("game-again", HTMLElement), this.page.say("game_again"));
  }

  leave(): void {
    this.frame?.close();
    this.frame = null;
    byId("game", HTMLElement).classList.toggle("framed", false);
    setHidden(byId("game-frame", HTMLElement), true);
    setHidden(byId("game-again", HTMLElement), true);
  }

  private open(): void {
    if (!this.card.package) return;
    const url = `${this.page.mediaBase}/media/${this.card.package.digest}/index.html`;
    this.frame = new GameFrame(byId("game-frame", HTMLElement), url, this.page.say("game_frame"), {
      start: () => this.start(),
      received: (message) => this.receive(message),
      covered: (cover) => {
        if (cover === this.cover) return;
        this.cover = cover;
        this.page.changed();
      },
    });
    this.frame.open();
  }

  private start(): Start {
    const { seat, state } = this.play ?? {};
    const { play_after_ms, result_after_ms } = this.card;
    return {
      player: { seat: seat?.seat ?? 0, animal: "", emoji: "", colour: "", ...seat?.face },
      players: state?.joined ?? 1,
      starts_ms: this.page.phoneMs(play_after_ms),
      ends_ms: this.page.phoneMs(result_after_ms),
      language: this.page.language,
      reduced_motion: matchMedia("(prefers-reduced-motion: reduce)").matches,
    };
  }

  private receive(message: GameMessage): void {
    switch (message.do) {
      case "input":
        this.taps += 1;
        if (typeof navigator.vibrate === "function") navigator.vibrate(BUZZ_MS);
        break;
      case "score":
        if (message.value <= this.card.most_score) this.score = Math.max(this.score, message.value);
        break;
      case "finish":
        this.finished = true;
        break;
      case "board":
        this.show(message.value);
    }
  }

  /** A number, or a picture of the game's list by its name. What the referee would refuse is not sent. */
  private show(value: number | string): void {
    if (typeof value === "number") {
      if (value <= this.card.most_score) [this.board, this.picture] = [value, NO_PICTURE];
    } else if (this.card.pictures.includes(value)) this.picture = this.card.pictures.indexOf(value);
  }
}
