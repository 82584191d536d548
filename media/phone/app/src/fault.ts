// “Is something wrong with this screen?”: one tap reports it, without leaving the page.

import { byId, setHidden, setText } from "./dom";
import { Failed, fetchWithin } from "./live";
import type { ErrorBody, FaultReport } from "./wire";
import { againText, hasWord, type Say } from "./words";

const ANSWER_MS = 8000;

export class FaultForm {
  private readonly form = byId("fault-form", HTMLFormElement);
  private readonly done = byId("fault-done", HTMLElement);
  private readonly trouble = byId("fault-trouble", HTMLElement);

  constructor(private readonly say: Say) {
    this.form.addEventListener("submit", (event) => {
      const pressed = (event as SubmitEvent).submitter;
      if (!(pressed instanceof HTMLButtonElement)) return; // sent as a plain form
      event.preventDefault();
      void this.report(pressed.value as FaultReport["fault"]);
    });
  }

  private async report(fault: FaultReport["fault"]): Promise<void> {
    this.show({ busy: true, trouble: "" });
    const trouble = await this.send(fault).catch(() => this.say("fault_offline"));
    this.show({ busy: false, trouble });
    setHidden(this.form, !trouble);
    setHidden(this.done, Boolean(trouble));
  }

  /** Empty once the operator knows; else what to do. Throws where nothing answered. */
  private send(fault: FaultReport["fault"]): Promise<string> {
    const token = new FormData(this.form).get("t");
    const query = token ? `?t=${encodeURIComponent(String(token))}` : "";
    const how = {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "application/json" },
      body: JSON.stringify({ fault } satisfies FaultReport),
    };
    return fetchWithin(new URL(this.form.action).pathname + query, ANSWER_MS, how, async (answer) => {
      if (answer.ok) return "";
      if (answer.status >= 500) throw new Failed(answer);
      return this.words(answer, ((await answer.json()) as { error: ErrorBody }).error);
    });
  }

  private words(answer: Response, error: ErrorBody): string {
    const againS = Number(answer.headers.get("Retry-After"));
    const known = `trouble_${error.code}`;
    const text = hasWord(known) ? this.say(known) : `${error.message} ${error.remedy}`;
    return againS > 0 ? `${text} ${againText(this.say, againS)}` : text;
  }

  private show(state: { busy: boolean; trouble: string }): void {
    for (const button of this.form.querySelectorAll("button")) button.disabled = state.busy;
    setText(this.trouble, state.trouble);
    setHidden(this.trouble, !state.trouble);
  }
}
