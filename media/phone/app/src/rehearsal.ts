// Plays a game from outside without a screen, for its designer and for the console: the frame is that of the phone page.

import type { Start } from "../sdk/api";
import { GameFrame, type Cover, type GameMessage } from "./gameframe";

const BEGINS_AFTER_MS = 2000;
const PLAY_MS = 15_000;

/** Wires up an element with the parts `data-frame`, `data-play`, `data-cover`, and what the game says. */
export function rehearse(root: HTMLElement): void {
  const part = <Kind extends HTMLElement>(name: string): Kind | null => root.querySelector<Kind>(`[data-${name}]`);
  const box = part("frame");
  const write = (name: string, text: string): void => void (part(name)?.replaceChildren(text));
  let frame: GameFrame | null = null;
  let inputs = 0;

  const start = (): Start => ({
    player: { seat: 0, animal: "fox", emoji: "🦊", colour: "#e6194b" },
    players: 2,
    starts_ms: Date.now() + BEGINS_AFTER_MS,
    ends_ms: Date.now() + BEGINS_AFTER_MS + PLAY_MS,
    language: (part<HTMLSelectElement>("language")?.value ?? root.dataset.language) === "zh" ? "zh" : "en",
    reduced_motion: part<HTMLInputElement>("still")?.checked ?? matchMedia("(prefers-reduced-motion: reduce)").matches,
  });
  const received = (what: GameMessage): void => {
    if (what.do === "input") write("inputs", String((inputs += 1)));
    else if (what.do === "finish") write("finished", "✓");
    else if (what.do === "score" || what.do === "board") write(what.do, String(what.value));
  };
  const covered = (cover: Cover): void => write("cover", (cover && root.dataset[cover]) ?? "");

  part("play")?.addEventListener("click", () => {
    if (!box) return;
    frame?.close();
    inputs = 0;
    for (const name of ["score", "board", "finished"]) write(name, "–");
    write("inputs", "0");
    const url = part<HTMLInputElement>("url")?.value ?? root.dataset.url ?? "";
    frame = new GameFrame(box, url, root.dataset.title ?? "Game", { start, received, covered });
    frame.open();
  });
}
