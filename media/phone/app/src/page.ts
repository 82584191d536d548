// The page: one stage, one clock, one loop. Everything that moves follows from these.

import { Awake } from "./awake";
import { sampleOfAnswer } from "./clock";
import { byId } from "./dom";
import { FaultForm } from "./fault";
import { Game } from "./games/game";
import { Departure, takeOver, withHandover } from "./handover";
import { Prefetch } from "./prefetch";
import { Leaving } from "./leaving";
import { Failed, Live, spread } from "./live";
import { boxIsGone, cameFromBox, publicAddress } from "./move";
import { Offers } from "./offers";
import { OfferViews, stayAtOffer } from "./offerview";
import { Show } from "./show";
import { changesAt, offersOf, refetchIn, shownAt } from "./stage";
import { Timekeeper, pause } from "./timekeeper";
import { View } from "./view";
import type { PageHello, OfferCard, Stage } from "./wire";
import { sayIn } from "./words";

const TICK_MS = 250;
const HINT_SPREAD_MS = 800;
const BURST_EVERY_MS = 25_000;
const AGAIN_OFFLINE_MS = 3000;

class Page {
  private stage: Stage;
  private online = true;
  private timer = 0;
  private refetchTimer = 0;
  private fetching = false;
  private againMs = AGAIN_OFFLINE_MS;
  private fetches = 0;
  private readonly time = new Timekeeper();
  private readonly awake = new Awake();
  private readonly departure: Departure;
  private readonly live: Live;
  private readonly game: Game;
  private readonly offers: Offers;
  private readonly offerViews: OfferViews;
  private readonly show: Show;
  private readonly view: View;

  constructor(private readonly hello: PageHello) {
    const say = sayIn(hello.language);
    const fromBox = cameFromBox(hello.public_base, location.origin);
    const prefetch = new Prefetch(hello.stage.media_base);
    this.stage = hello.stage;
    this.departure = new Departure(hello.token);
    this.offers = new Offers({ ...hello, fromBox }, hello.stock, () => this.updateOffers());
    this.offerViews = new OfferViews(this.offers, say);
    this.show = new Show(prefetch, this.time, say);
    this.view = new View(hello, say, prefetch, this.offerViews);
    this.game = new Game(hello, say, {
      join: (spot) => this.live.joinGame(spot, hello.presence),
      send: (input) => this.live.sendGame(input),
      bringsStates: () => this.live.bringsGames,
      isLate: () => !this.live.bringsGames || this.live.isPolled,
    });
    this.live = new Live({ code: hello.code, offers: () => this.offersShown().keys() }, {
      game: (state) => this.game.hear(state),
      stage: () => this.refetchSoon(Math.random() * HINT_SPREAD_MS),
      stock: (hint) => this.offers.hear(hint),
      line: () => this.onLine(),
    }, hello.token);
    new FaultForm(say);
    if (fromBox) void this.moveWhenBoxIsGone();
    else void takeOver(hello.token).then((coupons) => coupons && this.view.notify(say("coupons_came", { n: coupons })));
  }

  start(): void {
    this.readFirstClock();
    for (const id of this.offersShown().keys()) if (!this.offers.stockOf(id)) void this.offers.look(id);
    this.tick();
    this.planRefetch();
    void this.keepClock();
    for (const event of ["online", "offline"]) window.addEventListener(event, () => this.refetchSoon(0));
    document.addEventListener("visibilitychange", () => document.hidden || this.comeBack());
    window.addEventListener("pageshow", (event) => event.persisted && this.comeBack());
  }

  /** For tests, the demo and the curious: how well this phone keeps to the timeline. Read only. */
  get measures(): Readonly<Record<string, unknown>> {
    const now = this.time.now();
    const shown = shownAt(this.stage, now);
    return Object.freeze({
      now_ms: now,
      offset_ms: this.time.offset,
      error_bound_ms: this.time.error,
      skew_ppm: this.time.skewPpm,
      version: this.stage.version,
      fetches: this.fetches,
      line: this.online ? (this.live.connected ? "socket" : "polling") : "offline",
      shown: shown.kind === "item" ? shown.item.id : shown.kind,
      shown_since_ms: shown.starts_ms,
      film: this.show.measure,
      awake: this.awake.hasLock,
      sound: { state: this.show.sound.state, error_ms: this.show.sound.errorMs },
    });
  }

  private tick(): void {
    clearTimeout(this.timer);
    const now = this.time.now();
    const shown = shownAt(this.stage, now);
    this.show.update(this.stage, shown, now);
    stayAtOffer(() => {
      this.view.update(this.stage, shown, now);
      this.updateOffers();
    });
    const gameChanges = this.game.update(shown, now);
    const wait = Math.min(TICK_MS, Math.min(changesAt(this.stage, now), gameChanges) - this.time.now());
    this.timer = window.setTimeout(() => this.tick(), Math.max(wait, 1));
  }

  private updateOffers(): void {
    this.offerViews.update(this.offersShown());
  }

  private offersShown(): Map<string, OfferCard> {
    const scanned = this.hello.scanned_item?.phone.offer;
    const cards = offersOf(this.stage);
    return scanned ? cards.set(scanned.id, scanned) : cards;
  }

  // --- the stage

  private planRefetch(): void {
    const wait = refetchIn(this.stage, this.time.now(), this.live.connected, Math.random());
    this.refetchSoon(this.online ? wait : spread(this.againMs));
  }

  private refetchSoon(wait: number): void {
    clearTimeout(this.refetchTimer);
    this.refetchTimer = window.setTimeout(() => void this.refetch(), wait);
  }

  private async refetch(): Promise<void> {
    if (this.fetching) return;
    this.fetching = true;
    try {
      this.take(await this.fetchStage());
    } catch (error) {
      this.againMs = (error instanceof Failed ? error.retryAfterMs : undefined) ?? AGAIN_OFFLINE_MS;
      this.setOnline(false);
    }
    this.fetching = false;
    this.planRefetch();
  }

  private async fetchStage(): Promise<Stage> {
    const sentAt = performance.now();
    const stage = await this.live.fetchStage();
    const sample = sampleOfAnswer(sentAt, stage.now_ms, performance.now());
    // One answer is a poor ping; a burst that was better must not be pushed out by it.
    if (sample.error < this.time.error) this.time.add(sample);
    return stage;
  }

  private take(stage: Stage): void {
    const known = offersOf(this.stage);
    this.fetches += 1;
    this.stage = stage;
    this.setOnline(true);
    this.live.followOffers();
    for (const id of offersOf(stage).keys()) if (!known.has(id) || !this.live.connected) void this.offers.look(id);
    this.tick();
  }

  private setOnline(online: boolean): void {
    this.online = online;
    this.view.showLine(online);
  }

  /** A socket that opened may have missed hints; one that closed means that hints no longer come. */
  private onLine(): void {
    this.refetchSoon(Math.random() * HINT_SPREAD_MS);
    if (this.live.connected) void this.time.burst(this.live.ping);
  }

  private comeBack(): void {
    void this.time.burst(this.live.ping);
    this.refetchSoon(0);
    this.show.wake();
    this.tick();
  }

  // --- the clock

  /** The page itself was the first answer: its stage was made between request and response. */
  private readFirstClock(): void {
    const [loaded] = performance.getEntriesByType("navigation") as PerformanceNavigationTiming[];
    if (!loaded || loaded.responseStart <= 0) return;
    this.time.add(sampleOfAnswer(loaded.requestStart, this.stage.now_ms, loaded.responseStart));
  }

  private async keepClock(): Promise<void> {
    await pause(200); // the socket mostly opens meanwhile
    for (;;) {
      if (!document.hidden) {
        const answered = await this.time.burst(this.live.ping);
        if (!answered && this.online) this.refetchSoon(0);
      }
      await pause(BURST_EVERY_MS * (0.8 + 0.4 * Math.random()));
    }
  }

  // --- from the box to the server

  private async moveWhenBoxIsGone(): Promise<void> {
    void this.departure.renew();
    // A coupon's link that was tapped leads to the server by itself; one to the box leads nowhere any more.
    const leaving = new Leaving((to) => to.origin !== location.origin);
    await boxIsGone(this.hello.public_base, {
      ping: (withinMs) => this.live.ping(performance.now(), withinMs),
      request: (withinMs) => this.live.fetchClock(performance.now(), withinMs),
    });
    while (leaving.underWay) await pause(TICK_MS);
    location.replace(withHandover(publicAddress(this.hello.public_base, this.hello), this.departure.token));
  }
}

const page = new Page(JSON.parse(byId("hello", HTMLScriptElement).textContent ?? "") as PageHello);
Object.defineProperty(window, "liftcast", { get: () => page.measures });
page.start();
