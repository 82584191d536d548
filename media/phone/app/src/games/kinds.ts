// The controller of a game by its kind.

import type { GameCard } from "../wire";
import type { Controller, Page } from "./controller";
import { Custom } from "./custom";
import { LuckyDraw } from "./draw";
import { Quiz } from "./quiz";
import { Race } from "./race";

export function controllerFor(card: GameCard, page: Page): Controller {
  switch (card.kind) {
    case "race":
      return new Race(page);
    case "quiz":
      return new Quiz(card.questions, page);
    case "lucky_draw":
      return new LuckyDraw(page);
    case "custom":
      return new Custom(card, page);
  }
}
