import { expect, test } from "vitest";
import { retryAfterMs } from "./live";

const saying = (retryAfter: string | undefined): Response =>
  new Response("", { status: 503, headers: retryAfter === undefined ? {} : { "Retry-After": retryAfter } });

test("a busy server says in seconds when to come back, a minute at most", () => {
  expect(retryAfterMs(saying("5"))).toBe(5000);
  expect(retryAfterMs(saying("86400"))).toBe(60_000);
});

test.each([undefined, "", "soon", "-3", "Wed, 21 Oct 2026 07:28:00 GMT"])("%s says nothing", (retryAfter) => {
  expect(retryAfterMs(saying(retryAfter))).toBeUndefined();
});
