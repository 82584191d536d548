// Small things that every part of the page does with elements.

export function byId<Kind extends HTMLElement>(id: string, kind: new () => Kind): Kind {
  const found = document.getElementById(id);
  if (!(found instanceof kind)) throw new Error(`the page has no #${id}`);
  return found;
}

export function within<Kind extends HTMLElement>(parent: ParentNode, selector: string, kind: new () => Kind): Kind {
  const found = parent.querySelector(selector);
  if (!(found instanceof kind)) throw new Error(`there is no ${selector} here`);
  return found;
}

/** Only writes what differs, so that nothing is painted or read out twice. */
export function setText(element: HTMLElement, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

export function setHidden(element: HTMLElement, hidden: boolean): void {
  if (element.hidden !== hidden) element.hidden = hidden;
}

export function stillElement(src: string | null, className: string): HTMLElement {
  if (src === null) return Object.assign(document.createElement("span"), { className: `${className} blank` });
  const image = document.createElement("img");
  return Object.assign(image, { className, alt: "", loading: "lazy", decoding: "async", src });
}
