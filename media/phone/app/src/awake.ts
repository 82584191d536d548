// Prevents the phone's screen from going dark while a page is open that is read or shown without being touched.

/** The parts of the browser that `Awake` uses: `navigator.wakeLock` exists on https pages alone. */
export interface Browser {
  document: Pick<Document, "hidden" | "addEventListener">;
  wakeLock: Pick<WakeLock, "request"> | undefined;
}

/** Browsers drop the lock whenever a page is hidden; it is taken again on return, and after a refusal at the next tap. */
export class Awake {
  private lock: Pick<WakeLockSentinel, "released"> | undefined;
  private requesting = false;

  constructor(private readonly browser: Browser = { document, wakeLock: navigator.wakeLock }) {
    for (const event of ["visibilitychange", "click"]) browser.document.addEventListener(event, () => void this.take());
    void this.take();
  }

  get hasLock(): boolean {
    return this.lock?.released === false;
  }

  private async take(): Promise<void> {
    const { document, wakeLock } = this.browser;
    if (!wakeLock || document.hidden || this.hasLock || this.requesting) return;
    this.requesting = true;
    // A phone that saves its battery refuses; some browsers do before the first tap.
    this.lock = await wakeLock.request("screen").catch(() => undefined);
    this.requesting = false;
  }
}
