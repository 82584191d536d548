// The lucky draw: there is nothing to do but to wait for it.

import type { PlayInput } from "../wire";
import type { Controller, Page, Play } from "./controller";

export class LuckyDraw implements Controller {
  readonly input: PlayInput = {};
  readonly changesMs = [];
  readonly buttonText = "";

  constructor(private readonly page: Page) {}

  press(): void {
    // it has no button
  }

  line({ state }: Play): string {
    return this.page.say("draw_on", { n: state?.joined ?? 1 });
  }

  draw(): void {
    // the animal of this phone is all there is to see
  }
}
