// The code of a coupon in a half-minute: the same as server/coupons/codes/derive.py makes. Plain http has no crypto.subtle.
import { hmac } from "@noble/hashes/hmac.js";
import { sha256 } from "@noble/hashes/sha2.js";

const SYMBOLS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const QR_MARK = "QC1";
const STEP_LENGTH = 6;
const PROOF_LENGTH = 12;

/** Each symbol is five bits, the first ones first. */
export const symbolsOf = (bytes: Uint8Array, count: number): string => {
  let text = "";
  for (let at = 0; at < count * 5; at += 5) {
    const pair = ((bytes[at >> 3] ?? 0) << 8) | (bytes[(at >> 3) + 1] ?? 0);
    text += SYMBOLS[(pair >> (11 - (at & 7))) & 31];
  }
  return text;
};

export const numberSymbols = (number: number, count: number): string => {
  let text = "";
  for (let left = number; text.length < count; left = Math.floor(left / 32)) text = SYMBOLS[left % 32] + text;
  return text;
};

/** The bytes behind whole symbols: the secret as the page carries it. */
export const bytesOf = (text: string): Uint8Array => {
  const bits = [...text].map((symbol) => SYMBOLS.indexOf(symbol).toString(2).padStart(5, "0")).join("");
  return Uint8Array.from({ length: bits.length >> 3 }, (_, at) => parseInt(bits.slice(at * 8, at * 8 + 8), 2));
};

export const stepAt = (nowMs: number, stepMs: number): number => Math.floor(nowMs / stepMs);

export const qrText = (handle: string, secret: Uint8Array, step: number): string =>
  QR_MARK + handle + numberSymbols(step, STEP_LENGTH) + symbolsOf(mac(secret, `qr:${step}`), PROOF_LENGTH);

/** Eight bytes modulo 10,000, one after the other: a number would not hold them. */
export const liveNumber = (secret: Uint8Array, step: number): string =>
  mac(secret, `number:${step}`)
    .slice(0, 8)
    .reduce((rest, byte) => (rest * 256 + byte) % 10000, 0)
    .toString()
    .padStart(4, "0");

const mac = (secret: Uint8Array, text: string): Uint8Array => hmac(sha256, secret, new TextEncoder().encode(text));
