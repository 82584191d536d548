// The controller of a game by its kind.

import type { GameCard } from "../wire";
import type { Controller, Page } from "./controller";
import { Custom } from "./custom";
import { Race } from "./race";

export function controllerFor(card: GameCard, page: Page): Controller {
  switch (card.kind) {
    case "race":
      return new Race(page);
    case "custom":
      return new Custom(card, page);
  }
}
