// Small stages for tests, in seconds.

import type { Item, Spot, SpotKind, Stage } from "./wire";

const nothing = { picture: null, sound: null, poster: null, captions: null, image: null, text: null, offer: null };

export const item = (id: string): Item => ({
  id,
  kind: "image",
  campaign: null,
  title: id,
  length_ms: 10_000,
  phone: nothing,
});

export const offered = (one: Item): Item => ({
  ...one,
  kind: "coupon",
  phone: { ...nothing, offer: { id: "offer", merchant: "Noodle Bar", title: one.title, terms: "", presence: true } },
});

export const spot = (fromS: number, untilS: number, id: string | null, kind: SpotKind = "spot"): Spot => ({
  starts_ms: fromS * 1000,
  ends_ms: untilS * 1000,
  item: id,
  kind,
});

export const stageOf = (spots: Spot[], more: Partial<Stage> = {}): Stage => ({
  protocol: 1,
  screen: "BCDFGH",
  version: 1,
  now_ms: 0,
  until_ms: spots[spots.length - 1]?.ends_ms ?? 0,
  spots,
  past: [],
  items: { film: item("film"), notice: item("notice") },
  override: null,
  media_base: "http://media.example",
  ...more,
});
