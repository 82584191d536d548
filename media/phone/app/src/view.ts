// The page's words and lists. The frame is show.ts; both only follow the stage and the clock.

import { byId, setHidden, setText, stillElement } from "./dom";
import { stillOf, type Prefetch } from "./prefetch";
import type { OfferViews } from "./offerview";
import { nextOther, pastItems, showingKey, type Shown } from "./stage";
import type { PageHello, Item, Spot, Stage } from "./wire";
import { agoText, clockIn, clockText, openingTime, type Say } from "./words";

export class View {
  private nowKey = "";
  private nextKey = "";
  private pastKey = "";
  private dismissed = false;

  constructor(
    private readonly hello: PageHello,
    private readonly say: Say,
    private readonly prefetch: Prefetch,
    private readonly offers: OfferViews,
  ) {
    const dismiss = byId("dismiss", HTMLAnchorElement);
    dismiss.addEventListener("click", (event) => this.dismiss(event, dismiss.href));
  }

  /** Everything that the clock changes; cheap when nothing did. */
  update(stage: Stage, shown: Shown, nowMs: number): void {
    const changed = this.showNow(stage, shown, nowMs);
    this.showClock(shown, nowMs);
    this.showBar(shown, nowMs);
    this.showScanned(shown);
    this.showNext(stage, nowMs);
    this.showPast(stage, nowMs);
    if (changed) this.announce(shown);
  }

  showLine(online: boolean): void {
    const line = byId("offline", HTMLElement);
    setText(line, online ? "" : this.say("offline"));
    setHidden(line, online);
  }

  private showNow(stage: Stage, shown: Shown, nowMs: number): boolean {
    this.showPanel(stage, shown, nowMs);
    const key = `${showingKey(shown)}:${shown.kind === "item" && shown.instead}`;
    if (key === this.nowKey) return false;
    this.nowKey = key;
    const item = shown.kind === "item" ? shown.item : null;
    const title = byId("now-title", HTMLElement);
    setText(title, item?.title ?? "");
    setHidden(title, item === null);
    const text = byId("now-text", HTMLElement);
    setText(text, item?.phone.text ?? "");
    setHidden(text, !item?.phone.text);
    setHidden(byId("instead", HTMLElement), !(shown.kind === "item" && shown.instead));
    this.showOffer(item);
    return true;
  }

  /** The block stays while the same offer stays: a tap on it must not be lost at a switch. */
  private showOffer(item: Item | null): void {
    const place = byId("now-offer", HTMLElement);
    const present = place.querySelector<HTMLElement>(".offer")?.dataset.offer ?? null;
    const card = item?.phone.offer ?? null;
    if (present === (card?.id ?? null)) return;
    place.replaceChildren(...(item && card ? [this.offers.make(card, item.title)] : []));
  }

  private showPanel(stage: Stage, shown: Shown, nowMs: number): void {
    const panel = byId("panel", HTMLElement);
    setHidden(panel, shown.kind === "item");
    if (shown.kind === "item") return;
    setText(byId("panel-title", HTMLElement), this.say(shown.kind));
    const more = shown.kind === "off" ? this.offMore(stage, nowMs) : this.say(`${shown.kind}_more`);
    setText(byId("panel-more", HTMLElement), more);
  }

  /** When the screen is back, if that lies within the stage. */
  private offMore(stage: Stage, nowMs: number): string {
    const back = stage.spots.find((spot) => spot.ends_ms > nowMs && spot.kind !== "off");
    if (!back) return this.say("off_later");
    const time = openingTime(stage.zone, back.starts_ms, nowMs, this.hello.language);
    return time ? this.say("off_until", { time }) : this.say("off_later");
  }

  private showClock(shown: Shown, nowMs: number): void {
    const zone = shown.kind === "item" ? shown.item.clock : "";
    const text = zone ? clockIn(zone, nowMs, this.hello.language) : null;
    setHidden(byId("clock", HTMLElement), !text);
    if (!text) return;
    setText(byId("clock-time", HTMLElement), text.time);
    setText(byId("clock-date", HTMLElement), text.date);
  }

  private showBar(shown: Shown, nowMs: number): void {
    const span = shown.ends_ms - shown.starts_ms;
    const part = shown.kind === "item" && span > 0 ? Math.min(Math.max((nowMs - shown.starts_ms) / span, 0), 1) : 0;
    byId("bar", HTMLElement).style.transform = `scaleX(${part.toFixed(4)})`;
  }

  /** The scanned item stays on top until it is dismissed; while it is on the screen, a badge says so instead. */
  private showScanned(shown: Shown): void {
    const isNow = shown.kind === "item" && shown.item.id === this.hello.scanned && !this.dismissed;
    setHidden(byId("badge", HTMLElement), !isNow);
    setHidden(byId("scanned", HTMLElement), !this.hello.scanned || this.dismissed || isNow);
  }

  private dismiss(event: Event, address: string): void {
    event.preventDefault();
    this.dismissed = true;
    history.replaceState(null, "", address);
    setHidden(byId("scanned", HTMLElement), true);
    setHidden(byId("badge", HTMLElement), true);
  }

  private showNext(stage: Stage, nowMs: number): void {
    const next = nextOther(stage, nowMs);
    const title = next && this.nextTitle(stage, next.spot);
    setHidden(byId("next", HTMLElement), !title);
    if (!next || !title) return;
    setText(byId("next-in", HTMLElement), this.say("next_in", { time: clockText(next.at_ms - nowMs) }));
    const key = `${next.at_ms}:${next.spot.item}`;
    if (key === this.nextKey) return;
    this.nextKey = key;
    setText(byId("next-title", HTMLElement), title);
    const item = next.spot.item === null ? undefined : stage.items[next.spot.item];
    byId("next-still", HTMLElement).replaceChildren(stillElement(item ? this.stillUrl(item) : null, "thumb"));
  }

  private nextTitle(stage: Stage, next: Spot): string {
    if (next.kind === "off") return this.say("next_off");
    return (next.item !== null && stage.items[next.item]?.title) || "";
  }

  private showPast(stage: Stage, nowMs: number): void {
    const past = pastItems(stage, nowMs);
    const list = byId("past", HTMLElement);
    const key = past.map(({ item }) => item.id).join();
    if (key !== this.pastKey) {
      this.pastKey = key;
      this.orderRows(list, past.map(({ item }) => item));
      setHidden(byId("past-none", HTMLElement), past.length > 0);
    }
    past.forEach(({ item, ended_ms }, nth) => {
      const row = list.children[nth];
      const ago = row?.querySelector<HTMLElement>(".row-end");
      if (ago) setText(ago, agoText(this.say, nowMs - ended_ms));
      if (row) this.showPastOffer(row, item);
    });
  }

  /** An offer that is visible further up is not shown a second time. */
  private showPastOffer(row: Element, item: Item): void {
    const card = item.phone.offer;
    if (!card) return;
    let block = row.querySelector<HTMLElement>(".offer");
    if (!block) row.append((block = this.offers.make(card, item.title)));
    const above = document.querySelectorAll<HTMLElement>("#now-offer .offer, #scanned:not([hidden]) .offer");
    setHidden(block, [...above].some((other) => other.dataset.offer === card.id));
  }

  /** Rows that stay keep their elements, and with them the focus and the answer to a claim in them. */
  private orderRows(list: HTMLElement, items: Item[]): void {
    const rows = new Map([...list.children].map((row) => [(row as HTMLElement).dataset.item ?? "", row]));
    const rowsInOrder = items.map((item) => rows.get(item.id) ?? this.pastRow(item));
    rows.forEach((row) => rowsInOrder.includes(row) || row.remove());
    rowsInOrder.forEach((row, nth) => list.children[nth] === row || list.insertBefore(row, list.children[nth] ?? null));
  }

  private pastRow(item: Item): HTMLElement {
    const line = document.createElement("li");
    line.dataset.item = item.id;
    const row = Object.assign(document.createElement("div"), { className: "row" });
    const title = Object.assign(document.createElement("p"), { className: "row-title", textContent: item.title });
    const ago = Object.assign(document.createElement("p"), { className: "row-end" });
    row.append(stillElement(this.stillUrl(item), "thumb"), title, ago);
    line.append(row);
    return line;
  }

  /** Says something that happened, in the line below the head. */
  notify(text: string): void {
    setText(byId("notice", HTMLElement), text);
    setHidden(byId("notice", HTMLElement), false);
  }

  private announce(shown: Shown): void {
    const text =
      shown.kind === "item"
        ? [this.say("now_announced", { title: shown.item.title }), shown.item.phone.text ?? ""].join(" ").trim()
        : this.say(shown.kind);
    setText(byId("announce", HTMLElement), text);
  }

  private stillUrl(item: Item): string | null {
    const still = stillOf(item);
    return still && this.prefetch.url(still);
  }
}
