// The quiz: one question after the other, with its answers as radio buttons. The first answer counts.

import { byId, setHidden, setText } from "../dom";
import type { PlayInput, Question, Solution } from "../wire";
import type { Controller, Page, Play } from "./controller";

const NO_ANSWER = -1;

/** The question that is on, until the next one opens. */
export function questionAt(questions: Question[], sinceMs: number): number {
  return Math.max(0, questions.filter(({ opens_after_ms }) => opens_after_ms <= sinceMs).length - 1);
}

/** How much of the time for a question is left, in thousandths. */
export function timeLeft(question: Question, sinceMs: number): number {
  const whole = question.closes_after_ms - question.opens_after_ms;
  return Math.round((1000 * Math.min(Math.max(question.closes_after_ms - sinceMs, 0), whole)) / whole);
}

interface Choice {
  input: HTMLInputElement;
  label: HTMLLabelElement;
  votes: HTMLSpanElement;
}

export class Quiz implements Controller {
  readonly buttonText = "";
  readonly changesMs: number[];
  private readonly answers: number[];
  private choices: Choice[] = [];
  private drawn = -1;
  private nth = 0;
  /** An arrow key moves through radio buttons, and must not answer. Enter or space does. */
  private isMoving = false;

  constructor(
    private readonly questions: Question[],
    private readonly page: Page,
  ) {
    this.answers = questions.map(() => NO_ANSWER);
    this.changesMs = questions.flatMap(({ opens_after_ms, closes_after_ms }) => [opens_after_ms, closes_after_ms]);
  }

  get input(): PlayInput {
    return { answers: [...this.answers] };
  }

  press(): void {
    // it has no big button
  }

  line({ state, sinceMs }: Play): string {
    const nth = questionAt(this.questions, sinceMs);
    const question = this.questions[nth];
    const solution = state?.solutions[nth];
    if (!question) return "";
    if (solution) return this.verdict(question, solution, this.answers[nth] ?? NO_ANSWER);
    if (this.isAnswered(nth)) return this.page.say("quiz_answered");
    if (sinceMs >= question.closes_after_ms) return this.page.say("quiz_closed");
    return this.page.say("quiz_number", { n: nth + 1, of: this.questions.length });
  }

  draw({ state, sinceMs }: Play, isPlaying: boolean): void {
    const bar = byId("game-track", HTMLProgressElement);
    setHidden(byId("quiz", HTMLElement), !isPlaying);
    setHidden(bar, !isPlaying);
    if (!isPlaying) return;
    this.nth = questionAt(this.questions, sinceMs);
    const question = this.questions[this.nth];
    if (!question) return;
    if (this.drawn !== this.nth) this.build(question);
    bar.value = timeLeft(question, sinceMs);
    this.mark(sinceMs < question.closes_after_ms, state?.solutions[this.nth] ?? null);
  }

  private verdict(question: Question, { right }: Solution, chosen: number): string {
    const phrase = question.answers[right];
    const answer = phrase ? this.page.words(phrase) : "";
    if (chosen === NO_ANSWER) return this.page.say("quiz_missed", { answer });
    return this.page.say(chosen === right ? "quiz_right" : "quiz_wrong", { answer });
  }

  private isAnswered(nth: number): boolean {
    return this.answers[nth] !== NO_ANSWER;
  }

  private build(question: Question): void {
    this.drawn = this.nth;
    setText(byId("quiz-question", HTMLElement), this.page.words(question.text));
    this.choices = question.answers.map((answer, number) => this.choice(this.page.words(answer), number));
    byId("quiz-answers", HTMLElement).replaceChildren(...this.choices.map(({ label }) => label));
  }

  private choice(text: string, number: number): Choice {
    const nth = this.nth;
    const input = Object.assign(document.createElement("input"), { type: "radio", name: `quiz-${nth}` });
    const words = Object.assign(document.createElement("span"), { textContent: text });
    const votes = Object.assign(document.createElement("span"), { className: "votes" });
    const label = Object.assign(document.createElement("label"), { className: "quiz-answer" });
    label.append(input, words, votes);
    input.addEventListener("keydown", (event) => {
      this.isMoving = event.key.startsWith("Arrow");
      if (event.key === "Enter" || event.key === " ") this.choose(nth, number);
    });
    input.addEventListener("change", () => {
      if (!this.isMoving) this.choose(nth, number);
      this.isMoving = false;
    });
    return { input, label, votes };
  }

  private choose(nth: number, number: number): void {
    if (nth !== this.nth || this.isAnswered(nth) || this.choices[number]?.input.disabled) return;
    this.answers[nth] = number;
    this.page.changed();
  }

  /** One's own choice stays enabled, so that it keeps the focus. */
  private mark(isOpen: boolean, solution: Solution | null): void {
    const chosen = this.answers[this.nth];
    this.choices.forEach(({ input, label, votes }, number) => {
      if (number === chosen) input.checked = true;
      input.disabled = number !== chosen && (!isOpen || this.isAnswered(this.nth));
      label.classList.toggle("chosen", number === chosen);
      label.classList.toggle("right", number === solution?.right);
      setText(votes, solution ? `${number === solution.right ? "✓ " : ""}${solution.votes[number] ?? 0}` : "");
    });
  }
}
