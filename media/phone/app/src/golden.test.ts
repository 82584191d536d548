import { expect, test } from "vitest";
import golden from "../../../../tests/wire/stage.json";
import { changesAt, spotAt } from "./stage";
import type { Stage } from "./wire";

const stage = golden.stage as unknown as Stage;

test.each(golden.answers)("the page finds in the golden stage what Python finds, at $now_ms", (answer) => {
  const now = stage.spots.findIndex((spot) => spot === spotAt(stage, answer.now_ms));
  expect(stage.spots[now]).toEqual(answer.spot);
  expect(changesAt(stage, answer.now_ms)).toBe(answer.changes_ms);
  expect(stage.spots[now + 1]).toEqual(answer.next);
});

test("every item of the golden stage has the shape that the page reads", () => {
  for (const item of Object.values(stage.items)) {
    expect(item).toMatchObject({ id: expect.any(String), title: expect.any(String), length_ms: expect.any(Number) });
    expect(Object.keys(item.phone).sort()).toEqual(["captions", "image", "offer", "picture", "poster", "sound", "text"]);
  }
});
