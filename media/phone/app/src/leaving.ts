// A tap that leads away from the page: loading the page anew meanwhile would cut it off, and the tap would be lost.

const GIVEN_MS = 30_000; // one that comes to nothing, as when it is stopped, holds nothing up for longer

export class Leaving {
  private since = -Infinity;

  /** `counts` says of a link's address whether the page must let it go. */
  constructor(private readonly counts: (address: URL) => boolean = () => true) {
    addEventListener("click", (event) => this.onClick(event));
    addEventListener("submit", (event) => event.defaultPrevented || this.begin());
    addEventListener("pageshow", () => (this.since = -Infinity));
  }

  get underWay(): boolean {
    return performance.now() - this.since < GIVEN_MS;
  }

  private onClick(event: Event): void {
    const link = (event.target as Element).closest<HTMLAnchorElement>("a[href]");
    if (link && !event.defaultPrevented && this.counts(new URL(link.href))) this.begin();
  }

  private begin(): void {
    this.since = performance.now();
  }
}
