import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { GameState, Question } from "../wire";
import { sayIn } from "../words";
import type { Play } from "./controller";
import { Quiz, questionAt, timeLeft } from "./quiz";

const phrase = (en: string) => ({ zh: "", en });
const question = (text: string, opens_after_ms: number): Question => ({
  text: phrase(text),
  answers: [phrase("Tea"), phrase("Rice")],
  opens_after_ms,
  closes_after_ms: opens_after_ms + 3500,
});
const questions = [question("What do we brew?", 6000), question("And what do we cook?", 11_000)];

class FakeElement {
  textContent = "";
  className = "";
  hidden = false;
  disabled = false;
  checked = false;
  value = 0;
  children: FakeElement[] = [];
  classes = new Set<string>();
  classList = { toggle: (name: string, on: boolean) => void (on ? this.classes.add(name) : this.classes.delete(name)) };
  listeners: Record<string, (event: unknown) => void> = {};
  addEventListener(name: string, listener: (event: unknown) => void): void {
    this.listeners[name] = listener;
  }
  append(...children: FakeElement[]): void {
    this.children = children;
  }
  replaceChildren(...children: FakeElement[]): void {
    this.children = children;
  }
}

let elements: Map<string, FakeElement>;
let sent: number;
let quiz: Quiz;

const at = (id: string): FakeElement => {
  const found = elements.get(id) ?? new FakeElement();
  elements.set(id, found);
  return found;
};
const play = (sinceMs: number, more: Partial<GameState> = {}): Play =>
  ({ seat: {}, sinceMs, state: { solutions: [], ...more } }) as unknown as Play;
const show = (sinceMs: number, more: Partial<GameState> = {}): void => quiz.draw(play(sinceMs, more), true);
const labels = (): FakeElement[] => at("quiz-answers").children;
const radio = (number: number): FakeElement => labels()[number]?.children[0] as FakeElement;
const choose = (number: number): void => radio(number).listeners.change?.({});

beforeEach(() => {
  [elements, sent] = [new Map(), 0];
  for (const name of ["HTMLElement", "HTMLProgressElement"]) vi.stubGlobal(name, FakeElement);
  vi.stubGlobal("document", { getElementById: at, createElement: () => new FakeElement() });
  quiz = new Quiz(questions, {
    say: sayIn("en"),
    language: "en",
    mediaBase: "https://m.example",
    phoneMs: (after) => after,
    words: ({ en }) => en,
    changed: () => void (sent += 1),
  });
});
afterEach(() => vi.unstubAllGlobals());

test("a question is on until the next one opens", () => {
  expect([0, 6000, 10_999, 11_000, 16_000].map((ms) => questionAt(questions, ms))).toEqual([0, 0, 0, 1, 1]);
  expect([6000, 7750, 9500, 20_000].map((ms) => timeLeft(questions[0] as Question, ms))).toEqual([1000, 500, 0, 0]);
  expect(quiz.changesMs).toEqual([6000, 9500, 11_000, 14_500]);
});

test("the first answer is sent at once, and no second one", () => {
  show(6000);
  expect([at("quiz-question").textContent, quiz.input.answers, quiz.line(play(6000))]).toEqual([
    "What do we brew?",
    [-1, -1],
    "Question 1 of 2: the faster, the better.",
  ]);
  choose(1);
  show(6100);
  choose(0);
  expect([quiz.input.answers, sent, radio(0).disabled, radio(1).disabled]).toEqual([[1, -1], 1, true, false]);
  expect(quiz.line(play(6200))).toBe(sayIn("en")("quiz_answered"));
});

test("an arrow key moves and answers nothing; enter does", () => {
  show(6000);
  radio(0).listeners.keydown?.({ key: "ArrowDown" });
  choose(1);
  expect(sent).toBe(0);
  radio(1).listeners.keydown?.({ key: "Enter" });
  expect(quiz.input.answers).toEqual([1, -1]);
});

test("after the time for a question no answer counts, and the right one is shown when it is known", () => {
  show(6000);
  show(9500);
  choose(0);
  expect([sent, quiz.line(play(9500))]).toEqual([0, "Time is up."]);
  const known = { solutions: [{ right: 0, votes: [3, 1] }] };
  show(9600, known);
  expect(labels().map(({ classes, children }) => [classes.has("right"), children[2]?.textContent])).toEqual([
    [true, "✓ 3"],
    [false, "1"],
  ]);
  expect(quiz.line(play(9600, known))).toBe("The right answer: Tea");
});

test("the next question begins anew, and each verdict is of its own question", () => {
  show(6000);
  choose(0);
  const first = { solutions: [{ right: 0, votes: [1, 0] }] };
  expect(quiz.line(play(9600, first))).toBe("Right! Tea");
  show(11_000, first);
  expect([radio(0).disabled, radio(0).checked, at("quiz-question").textContent]).toEqual([false, false, "And what do we cook?"]);
  choose(0);
  const both = { solutions: [...first.solutions, { right: 1, votes: [1, 0] }] };
  expect([quiz.input.answers, quiz.line(play(14_600, both))]).toEqual([[0, 0], "Not this time. The right answer: Rice"]);
});

test("a phone that does not play sees no answers", () => {
  quiz.draw(play(6000), false);
  expect([at("quiz").hidden, at("game-track").hidden]).toEqual([true, true]);
});
