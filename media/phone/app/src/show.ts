// The frame: the screen's present item, and the next one made ready. The clock alone switches them.

import { byId, setHidden, setText } from "./dom";
import { Films } from "./film";
import type { FilmMeasure, Showing } from "./reel";
import { mediaOf, stillOf, type Prefetch } from "./prefetch";
import { Sound, type Hearing } from "./sound";
import { changesAt, shownAt, showingKey, spotsWithin, type Shown } from "./stage";
import { Stills } from "./stills";
import type { Timekeeper } from "./timekeeper";
import type { Item, Stage } from "./wire";
import type { Say } from "./words";

const FETCH_AHEAD_MS = 90_000;
const FETCH_AHEAD_SAVING_MS = 20_000;

export class Show {
  readonly sound: Sound;
  private readonly films: Films;
  private readonly stills: Stills;
  private key = "";

  constructor(
    private readonly prefetch: Prefetch,
    time: Timekeeper,
    private readonly say: Say,
  ) {
    const play = byId("play", HTMLButtonElement);
    const films = [byId("film-a", HTMLVideoElement), byId("film-b", HTMLVideoElement)] as const;
    films.forEach((film) => (film.muted = true));
    this.films = new Films([...films], time, () => setHidden(play, false));
    this.stills = new Stills([byId("still-a", HTMLImageElement), byId("still-b", HTMLImageElement)]);
    this.sound = new Sound(time, (ref) => prefetch.read(ref), () => this.showSound());
    play.addEventListener("click", () => this.playAfterTap());
    byId("sound", HTMLButtonElement).addEventListener("click", () => this.switchSound());
  }

  update(stage: Stage, shown: Shown, nowMs: number): void {
    const key = showingKey(shown);
    if (key !== this.key) {
      this.key = key;
      this.enter(shown);
    }
    const next = shownNext(stage, nowMs);
    this.prepare(next);
    this.hear([shown, next]);
    this.fetchAhead(stage, nowMs);
  }

  /** Back at the front, after sleep or a tap. */
  wake(): void {
    this.films.wake();
    this.sound.wake();
  }

  get measure(): FilmMeasure | null {
    return this.films.measure;
  }

  private enter(shown: Shown): void {
    const item = shown.kind === "item" ? shown.item : null;
    const still = item && stillOf(item);
    if (still) this.stills.show(this.prefetch.url(still));
    else this.stills.hide();
    const film = this.filmOf(shown);
    if (film) this.films.enter(film);
    else this.films.leave();
    setHidden(byId("play", HTMLElement), true);
    setHidden(byId("sound", HTMLElement), !item?.phone.sound);
  }

  private prepare(next: Shown | null): void {
    if (next?.kind !== "item") return;
    const still = stillOf(next.item);
    if (still) this.stills.prepare(this.prefetch.url(still));
    const film = this.filmOf(next);
    if (film) this.films.prepare(film);
  }

  private filmOf(shown: Shown): Showing | null {
    const picture = shown.kind === "item" ? shown.item.phone.picture : null;
    if (shown.kind !== "item" || !picture) return null;
    return {
      key: showingKey(shown),
      digest: picture.digest,
      src: this.prefetch.url(picture),
      starts_ms: shown.starts_ms,
      length_ms: picture.duration_ms ?? shown.item.length_ms,
    };
  }

  private hear(both: (Shown | null)[]): void {
    this.sound.follow(both.flatMap((shown) => this.hearingOf(shown)));
    this.showSound();
  }

  private hearingOf(shown: Shown | null): Hearing[] {
    if (shown?.kind !== "item" || !shown.item.phone.sound) return [];
    const ref = shown.item.phone.sound;
    // An item that is shown instead of the plan goes on over the ends of planned spots.
    const ends_ms = shown.instead ? null : shown.ends_ms;
    return [{ key: showingKey(shown), ref, starts_ms: shown.starts_ms, ends_ms }];
  }

  /** Fetches the media of the next items ahead, nearest first; on a phone that saves data, only of the nearest. */
  private fetchAhead(stage: Stage, nowMs: number): void {
    const saving = (navigator as { connection?: { saveData?: boolean } }).connection?.saveData === true;
    const spots = spotsWithin(stage, nowMs, saving ? FETCH_AHEAD_SAVING_MS : FETCH_AHEAD_MS);
    const items = spots.map((spot) => (spot.item === null ? undefined : stage.items[spot.item]));
    const [now, ...next] = [...new Set(items)].filter((item): item is Item => item !== undefined);
    // The present item is being loaded already; it is fetched last, for its next showing.
    const refs = [...next, ...(now ? [now] : [])].flatMap((item) => mediaOf(item, this.sound.on));
    this.prefetch.request([...new Map(refs.map((ref) => [ref.digest, ref])).values()]);
  }

  private playAfterTap(): void {
    setHidden(byId("play", HTMLElement), true);
    this.wake();
  }

  private switchSound(): void {
    if (this.sound.on) this.sound.turnOff();
    else void this.sound.turnOn();
    this.wake();
  }

  private showSound(): void {
    const button = byId("sound", HTMLButtonElement);
    button.setAttribute("aria-pressed", String(this.sound.on));
    const starting = this.sound.on && this.sound.state !== "running";
    setText(byId("sound-label", HTMLElement), this.say(starting ? "sound_starting" : this.sound.on ? "sound_off" : "sound_on"));
  }
}

/** The showing after the present one. */
export function shownNext(stage: Stage, nowMs: number): Shown | null {
  const at = changesAt(stage, nowMs);
  if (!Number.isFinite(at)) return null;
  const next = shownAt({ ...stage, override: null }, at);
  return next.kind === "unknown" ? null : next;
}
