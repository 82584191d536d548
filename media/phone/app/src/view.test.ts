import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { OfferViews } from "./offerview";
import type { Prefetch } from "./prefetch";
import { shownAt } from "./stage";
import { item, offered, spot, stageOf } from "./stages.rig";
import { View } from "./view";
import type { PageHello, Stage } from "./wire";
import { sayIn } from "./words";

/** As much of an element as the view touches. */
class FakeElement {
  textContent = "";
  hidden = false;
  className = "";
  href = "/s/BCDFGH";
  dataset: Record<string, string> = {};
  style: Record<string, string> = {};
  children: FakeElement[] = [];
  listeners: Record<string, (event: unknown) => void> = {};
  private parent: FakeElement | undefined;

  addEventListener(name: string, listener: (event: unknown) => void): void {
    this.listeners[name] = listener;
  }
  append(...added: FakeElement[]): void {
    for (const child of added) this.insertBefore(child, null);
  }
  insertBefore(child: FakeElement, before: FakeElement | null): void {
    child.remove();
    const at = before ? this.children.indexOf(before) : this.children.length;
    this.children.splice(at, 0, child);
    child.parent = this;
  }
  replaceChildren(...children: FakeElement[]): void {
    this.children = [];
    this.append(...children);
  }
  remove(): void {
    if (this.parent) this.parent.children = this.parent.children.filter((child) => child !== this);
    this.parent = undefined;
  }
  querySelector(selector: string): FakeElement | null {
    return this.all().find((child) => `.${child.className}` === selector) ?? null;
  }
  private all(): FakeElement[] {
    return this.children.flatMap((child) => [child, ...child.all()]);
  }
}

let elements: Map<string, FakeElement>;
const at = (id: string): FakeElement => {
  const found = elements.get(id) ?? new FakeElement();
  elements.set(id, found);
  return found;
};

beforeEach(() => {
  elements = new Map();
  for (const name of ["HTMLElement", "HTMLAnchorElement"]) vi.stubGlobal(name, FakeElement);
  vi.stubGlobal("document", {
    getElementById: at,
    createElement: () => new FakeElement(),
    querySelectorAll: () => at("now-offer").children,
  });
  vi.stubGlobal("history", { replaceState: vi.fn() });
});
afterEach(() => vi.unstubAllGlobals());

const offers = {
  make: (card: { id: string }) => Object.assign(new FakeElement(), { className: "offer", dataset: { offer: card.id } }),
} as unknown as OfferViews;
const prefetch = { url: () => "http://media.example/still" } as unknown as Prefetch;

const viewOf = (stage: Stage, scanned = ""): { view: View; update: (nowMs: number) => void } => {
  const hello = { scanned, language: "en", stage } as unknown as PageHello;
  const view = new View(hello, sayIn("en"), prefetch, offers);
  return { view, update: (nowMs) => view.update(stage, shownAt(stage, nowMs), nowMs) };
};

test("the item's title is shown and announced once, and the next one counted down", () => {
  const { update } = viewOf(stageOf([spot(0, 10, "film"), spot(10, 20, "notice")]));
  update(1000);
  expect([at("now-title").textContent, at("now-title").hidden, at("panel").hidden]).toEqual(["film", false, true]);
  expect(at("announce").textContent).toContain("film");
  expect([at("next-title").textContent, at("next-in").textContent]).toEqual(["notice", "in 0:09"]);
  expect(at("bar").style["transform"]).toBe("scaleX(0.1000)");
  at("announce").textContent = "";
  update(2000);
  expect(at("announce").textContent).toBe("");
  update(10_000);
  expect([at("now-title").textContent, at("next").hidden]).toEqual(["notice", true]);
});

test("in off hours a panel takes the place of the item", () => {
  const { update } = viewOf(stageOf([spot(0, 10, null, "off"), spot(10, 20, "film")], { zone: "UTC" }));
  update(0);
  expect([at("panel").hidden, at("now-title").hidden]).toEqual([false, true]);
  expect(at("panel-title").textContent).toBe(sayIn("en")("off"));
  expect(at("panel-more").textContent).toBe(sayIn("en")("off_until", { time: "00:00" }));
});

test("an offer's block stays while the same offer stays", () => {
  const coupon = offered(item("coupon"));
  const stage = stageOf([spot(0, 10, "coupon"), spot(10, 20, "coupon"), spot(20, 30, "film")], {
    items: { coupon, film: item("film") },
  });
  const { update } = viewOf(stage);
  update(0);
  const [block] = at("now-offer").children;
  update(10_000);
  expect(at("now-offer").children).toEqual([block]);
  update(20_000);
  expect(at("now-offer").children).toEqual([]);
});

test("earlier items are listed newest first; rows that stay keep their elements", () => {
  const { update } = viewOf(stageOf([spot(0, 10, "film"), spot(10, 20, "notice"), spot(20, 80, "film")]));
  update(10_000);
  const [film] = at("past").children;
  expect(film?.dataset["item"]).toBe("film");
  update(20_000);
  expect(at("past").children.map((row) => row.dataset["item"])).toEqual(["notice", "film"]);
  expect(at("past").children[1]).toBe(film);
  expect(at("past-none").hidden).toBe(true);
});

test("the scanned item stays on top until dismissed; while it is on the screen, a badge says so", () => {
  const { update } = viewOf(stageOf([spot(0, 10, "film"), spot(10, 20, "notice")]), "notice");
  update(0);
  expect([at("scanned").hidden, at("badge").hidden]).toEqual([false, true]);
  update(10_000);
  expect([at("scanned").hidden, at("badge").hidden]).toEqual([true, false]);
  at("dismiss").listeners["click"]?.({ preventDefault: () => undefined });
  update(11_000);
  expect([at("scanned").hidden, at("badge").hidden]).toEqual([true, true]);
});

test("a lost line is shown until it is back", () => {
  const { view } = viewOf(stageOf([spot(0, 10, "film")]));
  view.showLine(false);
  expect([at("offline").hidden, at("offline").textContent]).toEqual([false, sayIn("en")("offline")]);
  view.showLine(true);
  expect([at("offline").hidden, at("offline").textContent]).toEqual([true, ""]);
});
