import { expect, test } from "vitest";
import clock from "../../../../tests/wire/clock.json";
import games from "../../../../tests/wire/games.json";
import phone from "../../../../tests/wire/phone.json";
import golden from "../../../../tests/wire/stage.json";
import { changesAt, spotAt } from "./stage";
import type { ClaimAnswer, ClockPong, FaultReport, Handover, PageHello, Stage, Stock, StockHint, TakenOver } from "./wire";
import type { GameSeat, GameState, ShownOffers } from "./wire";

/** A message with the same names and any values: the compiler holds them against the golden messages. */
type Named<Message> = { [Name in keyof Message]: unknown };

const messages = {
  hello: phone.PageHello satisfies Named<PageHello>,
  stock: phone.Stock satisfies Named<Stock>,
  fault: phone.FaultReport satisfies Named<FaultReport>,
  handover: phone.Handover satisfies Named<Handover>,
  taken: phone.TakenOver satisfies Named<TakenOver>,
  shown: phone.ShownOffers satisfies Named<ShownOffers>,
  hint: phone.StockHint satisfies Named<StockHint>,
  claim: phone.ClaimAnswer satisfies Named<ClaimAnswer>,
  seat: games.GameSeat satisfies Named<GameSeat>,
  state: games.GameState satisfies Named<GameState>,
  pong: clock.ClockPong satisfies Named<ClockPong>,
};

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
    expect(Object.keys(item.phone).sort()).toEqual(["captions", "game", "image", "offer", "picture", "poster", "sound", "text"]);
  }
});

test("the golden page starts from the golden stage, and its stock is open", () => {
  expect(messages.hello.stage).toEqual(golden.stage);
  expect(messages.hello.stock).toEqual([messages.stock]);
  expect(messages.stock.standing).toBe("open" satisfies Stock["standing"]);
});
