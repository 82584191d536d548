import { expect, test } from "vitest";
import { Awake, type Browser } from "./awake";

/** A phone that drops its locks when the page is hidden, as browsers do. */
class FakePhone {
  refuses = false;
  locks: { released: boolean }[] = [];
  private listeners = new Map<string, () => void>();
  private hidden = false;

  get browser(): Browser {
    const phone = this;
    return {
      document: {
        get hidden() {
          return phone.hidden;
        },
        addEventListener: (event: string, listener: unknown) => void phone.listeners.set(event, listener as () => void),
      },
      wakeLock: {
        request: async () => {
          if (phone.refuses) throw new DOMException("battery is low", "NotAllowedError");
          phone.locks.push({ released: false });
          return phone.locks.at(-1) as WakeLockSentinel;
        },
      },
    };
  }

  async hide(hidden: boolean): Promise<void> {
    this.hidden = hidden;
    if (hidden) this.locks.forEach((lock) => (lock.released = true));
    await this.send("visibilitychange");
  }

  async send(event: string): Promise<void> {
    this.listeners.get(event)?.();
    await settle();
  }
}

const settle = (): Promise<void> => new Promise((done) => setTimeout(done, 0));

test("the screen stays lit from the start, with one lock", async () => {
  const phone = new FakePhone();
  const awake = new Awake(phone.browser);
  await settle();
  expect(awake.hasLock).toBe(true);
  await phone.send("click");
  expect(phone.locks).toHaveLength(1);
});

test("the lock is taken again when the page comes back, and not before", async () => {
  const phone = new FakePhone();
  const awake = new Awake(phone.browser);
  await settle();
  await phone.hide(true);
  expect(awake.hasLock).toBe(false);
  expect(phone.locks).toHaveLength(1);
  await phone.hide(false);
  expect(awake.hasLock).toBe(true);
  expect(phone.locks).toHaveLength(2);
});

test("after a refusal the next tap requests the lock again", async () => {
  const phone = new FakePhone();
  phone.refuses = true;
  const awake = new Awake(phone.browser);
  await settle();
  expect(awake.hasLock).toBe(false);
  phone.refuses = false;
  await phone.send("click");
  expect(awake.hasLock).toBe(true);
});

test("a page on plain http, where there is no lock, goes on without", async () => {
  const awake = new Awake({ ...new FakePhone().browser, wakeLock: undefined });
  await settle();
  expect(awake.hasLock).toBe(false);
});
