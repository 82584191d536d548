import { describe, expect, test } from "vitest";
import { changesAt, nextOther, offersOf, pastAt, pastItems, refetchIn, shownAt, showingKey, spotAt, spotsWithin } from "./stage";
import { item, offered, spot, stageOf } from "./stages.rig";

const stage = stageOf([spot(0, 10, "film"), spot(10, 15, "notice"), spot(15, 25, "film")], {
  past: [spot(-5, 0, "notice"), spot(-15, -5, "film")],
});

test("a spot begins at its first millisecond and ends before its last", () => {
  expect(spotAt(stage, 9_999)?.item).toBe("film");
  expect(spotAt(stage, 10_000)?.item).toBe("notice");
  expect(nextOther(stage, 12_000)?.spot.starts_ms).toBe(15_000);
  expect(changesAt(stage, 12_000)).toBe(15_000);
});

test("before and after what is known nothing is made up", () => {
  expect(spotAt(stage, -1)).toBeUndefined();
  expect(changesAt(stage, -1)).toBe(0);
  expect(shownAt(stage, 25_000).kind).toBe("unknown");
  expect(nextOther(stage, 20_000)).toBeUndefined();
});

test("what follows itself is not announced as next, but what comes after it", () => {
  const card = stageOf([spot(0, 10, "card"), spot(10, 20, "card"), spot(20, 30, "film"), spot(30, 40, null, "off")]);
  expect(nextOther(card, 5_000)).toMatchObject({ spot: { item: "film" }, at_ms: 20_000 });
  expect(nextOther(card, 25_000)).toMatchObject({ spot: { kind: "off" }, at_ms: 30_000 });
  expect(nextOther(stageOf([spot(0, 10, "card"), spot(10, 20, "card")]), 5_000)).toBeUndefined();
  expect(nextOther(card, -1)).toBeUndefined();
});

test("a cut spot that goes on is next when its interrupt ends", () => {
  const cut = stageOf([spot(0, 4, "film"), spot(4, 6, "notice", "interrupt"), spot(6, 8, "notice", "interrupt"), spot(0, 10, "film")]);
  expect(nextOther(cut, 5_000)).toMatchObject({ spot: { item: "film" }, at_ms: 8_000 });
});

test("after an interrupt the cut spot goes on at its place in the film", () => {
  const cut = stageOf([spot(0, 4, "film"), spot(4, 8, "notice", "interrupt"), spot(0, 10, "film")]);
  expect(spotAt(cut, 5_000)?.kind).toBe("interrupt");
  const resumed = shownAt(cut, 9_000);
  expect(resumed).toMatchObject({ kind: "item", starts_ms: 0, ends_ms: 10_000 });
  expect(showingKey(resumed)).toBe(showingKey(shownAt(cut, 1_000)));
});

test("the last ten grow with the clock, newest first, each item once", () => {
  expect(pastAt(stage, 16_000).map((one) => one.item)).toEqual(["notice", "film", "notice", "film"]);
  expect(pastItems(stage, 16_000).map((one) => [one.item.id, one.ended_ms])).toEqual([
    ["notice", 15_000],
    ["film", 10_000],
  ]);
});

test("the files needed are those of items within a time ahead", () => {
  expect(spotsWithin(stage, 11_000, 4_500).map((one) => one.item)).toEqual(["notice", "film"]);
});

describe("an override", () => {
  const override = { starts_ms: 3_000, item: "notice", why: "file missing" };

  test("is shown instead of the plan, from its own start", () => {
    const shown = shownAt({ ...stage, override }, 5_000);
    expect(shown).toMatchObject({ kind: "item", instead: true, starts_ms: 3_000, ends_ms: 10_000 });
  });

  test("without an item says that nothing can be shown", () => {
    expect(shownAt({ ...stage, override: { ...override, item: null } }, 5_000).kind).toBe("broken");
  });

  test("is forgotten when the stage is a minute old", () => {
    const long = stageOf([spot(0, 90, "film")], { override });
    expect(shownAt(long, 61_000)).toMatchObject({ instead: false });
  });
});

test("off hours and an empty plan are different", () => {
  expect(shownAt(stageOf([spot(0, 10, null, "off")]), 1_000).kind).toBe("off");
  expect(shownAt(stageOf([spot(0, 10, null, "house")]), 1_000).kind).toBe("nothing");
});

test("a stage is fetched long before it ends with a socket, and every 15 s without one", () => {
  expect(refetchIn(stage, 0, true, 0)).toBe(10_000);
  expect(refetchIn(stage, 0, true, 1)).toBe(20_000);
  expect(refetchIn(stage, 0, false, 0.5)).toBe(15_000);
  expect(refetchIn({ ...stage, until_ms: 600_000 }, 0, true, 1)).toBe(480_000);
});

test("all offers of a stage are known by id", () => {
  const shop = stageOf([spot(0, 10, "film")], { items: { coupon: offered(item("coupon")), film: item("film") } });
  expect([...offersOf(shop).keys()]).toEqual(["offer"]);
});
