// Reading a stage: what does the screen show at this instant, what comes next, what was before. Pure.

import type { Item, OfferCard, Spot, Stage } from "./wire";

export const PAST = 10;

/** In order, because a spot that goes on after an interrupt keeps its planned start. */
export const spotAt = (stage: Stage, nowMs: number): Spot | undefined =>
  stage.spots.find((spot) => spot.starts_ms <= nowMs && nowMs < spot.ends_ms);

/** The next spot that shows something else, and when it takes over: a card that follows itself is no news. */
export function nextOther(stage: Stage, nowMs: number): { spot: Spot; at_ms: number } | undefined {
  const now = spotAt(stage, nowMs);
  const at = now ? stage.spots.findIndex((spot, nth) => nth > stage.spots.indexOf(now) && spot.item !== now.item) : -1;
  const [before, spot] = [stage.spots[at - 1], stage.spots[at]];
  return before && spot && { spot, at_ms: before.ends_ms };
}

/** When the next spot takes over: its own start may lie before an interrupt, so the end of this one decides. */
export const changesAt = (stage: Stage, nowMs: number): number =>
  spotAt(stage, nowMs)?.ends_ms ?? stage.spots.find((spot) => spot.starts_ms > nowMs)?.starts_ms ?? Infinity;

/** The spots from this instant on, for at least so long. */
export const spotsWithin = (stage: Stage, nowMs: number, aheadMs: number): Spot[] =>
  stage.spots.filter((spot) => nowMs < spot.ends_ms && spot.starts_ms < nowMs + aheadMs);

/** The last ten showings, newest first: those that passed since the stage was made, then the stage's own. */
export function pastAt(stage: Stage, nowMs: number): Spot[] {
  const passed = stage.spots.filter((spot) => spot.ends_ms <= nowMs && spot.item !== null).reverse();
  return [...passed, ...stage.past].slice(0, PAST);
}

/** The same item only once, at its latest showing: a list of ten times the same helps nobody. */
export function pastItems(stage: Stage, nowMs: number): { item: Item; ended_ms: number }[] {
  const seen = new Map<string, number>();
  for (const spot of pastAt(stage, nowMs)) {
    if (spot.item !== null && !seen.has(spot.item)) seen.set(spot.item, spot.ends_ms);
  }
  return [...seen].flatMap(([id, ended_ms]) => {
    const item = stage.items[id];
    return item ? [{ item, ended_ms }] : [];
  });
}

/** An override is news of the moment: a stage that is older than this shows the plan again. */
export const OVERRIDE_GOOD_MS = 60_000;

export type Shown =
  | { kind: "item"; item: Item; starts_ms: number; ends_ms: number; instead: boolean }
  | { kind: "off" | "nothing" | "unknown" | "broken"; starts_ms: number; ends_ms: number };

/** The item that the screen shows now, a reported override included. */
export function shownAt(stage: Stage, nowMs: number): Shown {
  const spot = spotAt(stage, nowMs);
  const ends_ms = changesAt(stage, nowMs);
  const starts_ms = spot?.starts_ms ?? nowMs;
  const override = stage.override;
  if (override && override.starts_ms <= nowMs && nowMs - stage.now_ms < OVERRIDE_GOOD_MS) {
    const instead = override.item === null ? undefined : stage.items[override.item];
    if (!instead) return { kind: "broken", starts_ms: override.starts_ms, ends_ms };
    return { kind: "item", item: instead, starts_ms: override.starts_ms, ends_ms, instead: true };
  }
  if (!spot) return { kind: "unknown", starts_ms, ends_ms };
  const item = spot.item === null ? undefined : stage.items[spot.item];
  if (item) return { kind: "item", item, starts_ms, ends_ms, instead: false };
  return { kind: spot.kind === "off" ? "off" : "nothing", starts_ms, ends_ms };
}

/** A key of one showing; the next showing of the same item has another. */
export const showingKey = (shown: Shown): string =>
  shown.kind === "item" ? `${shown.starts_ms}:${shown.item.id}` : `${shown.kind}:${shown.starts_ms}`;

/** Where in its media a showing is; the last frame stays when the media is shorter than its spot. */
export const positionAt = (startsMs: number, nowMs: number): number => nowMs - startsMs;

/** All offers that this stage shows, by id. */
export function offersOf(stage: Stage): Map<string, OfferCard> {
  const offers = Object.values(stage.items).flatMap((item) => (item.phone.offer ? [item.phone.offer] : []));
  return new Map(offers.map((offer) => [offer.id, offer]));
}

export const POLL_MS = 15_000;

/** When to fetch the next stage: with a socket long before it ends, without one often; `luck` in 0…1 spreads phones. */
export function refetchIn(stage: Stage, nowMs: number, live: boolean, luck: number): number {
  if (!live || stage.override) return POLL_MS * (0.8 + 0.4 * luck);
  const left = Math.max(stage.until_ms - nowMs, 0);
  return left * (0.4 + 0.4 * luck);
}
