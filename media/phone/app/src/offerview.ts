// A coupon's block on the page: the same markup for every offer on it, updated when the stock changes.

import { byId, setHidden, setText, within } from "./dom";
import type { OfferState, Offers, Trouble } from "./offers";
import type { OfferCard } from "./wire";
import { againText, hasWord, type Say } from "./words";

/** A reader stays at an offer when a change moves it to another place of the page. */
export function stayAtOffer(change: () => void): void {
  const at = offerOf(document.activeElement);
  change();
  if (at === undefined || isShown(document.activeElement)) return;
  const acts = [...document.querySelectorAll<HTMLElement>(".offer .act")];
  acts.find((act) => offerOf(act) === at && isShown(act))?.focus({ preventScroll: true });
}

function offerOf(element: Element | null): string | undefined {
  return element?.closest<HTMLElement>(".offer")?.dataset.offer;
}

function isShown(element: Element | null): boolean {
  return element !== null && element !== document.body && element.isConnected && !element.closest("[hidden]");
}

export class OfferViews {
  private readonly template = byId("offer-template", HTMLTemplateElement);

  constructor(
    private readonly offers: Offers,
    private readonly say: Say,
  ) {
    document.addEventListener("submit", (event) => this.claim(event));
  }

  /** A new block for this offer; its title is not said again under a heading that is the same. */
  make(card: OfferCard, heading: string): HTMLElement {
    const block = within(this.template.content, ".offer", HTMLElement).cloneNode(true) as HTMLElement;
    block.dataset.offer = card.id;
    block.classList.toggle("same", card.title === heading);
    setText(within(block, ".offer-merchant", HTMLElement), card.merchant);
    setText(within(block, ".offer-title", HTMLElement), card.title);
    const terms = within(block, ".offer-terms", HTMLElement);
    setText(within(terms, "p", HTMLElement), card.terms);
    setHidden(terms, card.terms === "");
    within(block, "button.act", HTMLElement).ariaLabel = this.say("claim_named", { title: card.title });
    within(block, "a.act", HTMLElement).ariaLabel = this.say("open_coupon_named", { title: card.title });
    return block;
  }

  /** All blocks of the page, after anything about their offers changed. */
  update(cards: Map<string, OfferCard>): void {
    for (const block of document.querySelectorAll<HTMLElement>(".offer[data-offer]")) {
      const card = cards.get(block.dataset.offer ?? "");
      if (card) this.show(block, this.offers.state(card), this.offers.trouble(card.id));
    }
  }

  private show(block: HTMLElement, state: OfferState, trouble: Trouble | undefined): void {
    const form = within(block, "form", HTMLFormElement);
    const button = within(form, "button", HTMLButtonElement);
    const open = within(block, "a.act", HTMLAnchorElement);
    const left = state.can === "claim" && state.left !== null ? this.say("left", { n: state.left }) : "";
    setText(within(block, ".offer-left", HTMLElement), left);
    setHidden(form, state.can !== "claim" && state.can !== "wait");
    button.setAttribute("aria-disabled", String(state.can === "wait"));
    setText(button, this.say(state.can === "wait" ? "claiming" : "claim"));
    this.showText(block, ".offer-not", state.can === "nothing" ? this.say(state.why) : "");
    this.showGot(block, open, state);
    this.showText(block, ".trouble", trouble && state.can !== "open" ? this.troubleText(trouble) : "");
  }

  private showGot(block: HTMLElement, open: HTMLAnchorElement, state: OfferState): void {
    const fresh = open.hidden && state.can === "open";
    if (state.can === "open") open.href = state.url;
    setHidden(within(block, ".offer-got", HTMLElement), state.can !== "open");
    setText(within(block, ".got-text", HTMLElement), state.can === "open" ? this.say("claimed") : "");
    setHidden(open, state.can !== "open");
    // The button that had the focus is gone: the link in its place takes it over.
    if (fresh && block.contains(document.activeElement)) open.focus();
  }

  private showText(block: HTMLElement, selector: string, text: string): void {
    const line = within(block, selector, HTMLElement);
    setText(line, text);
    setHidden(line, text === "");
  }

  private troubleText(trouble: Trouble): string {
    const word = `trouble_${trouble.code}`;
    const why = hasWord(word) ? this.say(word) : `${trouble.message} ${trouble.remedy}`.trim();
    // A second is no wait: the reason says what to do at once.
    const again = (trouble.againS ?? 0) > 1 ? againText(this.say, trouble.againS ?? 0) : "";
    return `${why || this.say("trouble_other")} ${again}`.trim();
  }

  private claim(event: Event): void {
    const block = event.target instanceof HTMLElement ? event.target.closest<HTMLElement>(".offer[data-offer]") : null;
    if (!block?.dataset.offer) return;
    event.preventDefault();
    void this.offers.claim(block.dataset.offer);
  }
}
