// How far the screen's clock is from this phone's, from pings. Pure; the same rules as media/clock.py.
// t0 and t3 are read here, t1 and t2 on the other clock. Offset is what must be added to our clock.

import type { ClockPong } from "./wire";

/** One ping, in ms. `at` is an instant of our clock; the true offset is within `offset` ± `error`. */
export interface Sample {
  at: number;
  offset: number;
  error: number;
}

/** The offset at `at`, and by how many ms it grows with each ms of our clock. */
export interface Fit {
  at: number;
  offset: number;
  skew: number;
  error: number;
}

export const BURST = 10; // pings
export const BURST_DROPS = 2; // the first ones, which wake the radio
export const KEPT_MINIMA = 10; // bursts
const MAX_SKEW = 500e-6; // no quartz is further off; what seems so is a clock that was set
const QUARTZ = 100e-6; // by how much two clocks part, at most, when nobody looks
const FIT_SPAN_MS = 60_000; // over less than this, jitter would be taken for skew

/**
 * The far clock read the ping somewhere between t0 and t3. Half the round trip, less the time at the far side, is the
 * largest possible error, however uneven the two ways are (NTP, Mills 1991).
 */
export function sampleOf(pong: ClockPong, t3: number): Sample {
  const roundTrip = Math.max(t3 - pong.t0 - (pong.t2 - pong.t1), 0);
  const offset = (pong.t1 - pong.t0 + (pong.t2 - t3)) / 2;
  return { at: (pong.t0 + t3) / 2, offset, error: roundTrip / 2 };
}

/** A stage's `now_ms` was read somewhere between request and answer: a ping with one instant on the far side. */
export const sampleOfAnswer = (sentAt: number, nowMs: number, receivedAt: number): Sample =>
  sampleOf({ t0: sentAt, t1: nowMs, t2: nowMs }, receivedAt);

/** The ping that waited least in queues knows most; the first ones only wake the radio. */
export function bestOf(burst: Sample[]): Sample | undefined {
  const awake = burst.length > BURST_DROPS ? burst.slice(BURST_DROPS) : burst;
  return awake.reduce<Sample | undefined>((best, next) => (best && best.error <= next.error ? best : next), undefined);
}

/** The newest and those before it that one steady clock could give: setting a clock drops the others. */
export function agreeing(samples: Sample[]): Sample[] {
  const newest = samples[samples.length - 1];
  if (!newest) return [];
  return samples.filter((sample) => {
    const drift = Math.abs(sample.at - newest.at) * MAX_SKEW;
    return Math.abs(sample.offset - newest.offset) <= sample.error + newest.error + drift;
  });
}

/** A line through burst minima (oldest first), each weighed by how sure it is. */
export function fitClock(samples: Sample[]): Fit | undefined {
  const consistent = agreeing(samples);
  const newest = consistent[consistent.length - 1];
  const oldest = consistent[0];
  if (!newest || !oldest) return undefined;
  if (newest.at - oldest.at < FIT_SPAN_MS) return fitOfSurest(consistent, newest.at);
  return fitLine(consistent, newest);
}

export const offsetAt = (fit: Fit, at: number): number => fit.offset + (at - fit.at) * fit.skew;

export const errorAt = (fit: Fit, at: number): number => fit.error + Math.abs(at - fit.at) * QUARTZ;

/** Over a short span the surest sample counts alone; age makes a sample less sure. */
function fitOfSurest(samples: Sample[], at: number): Fit {
  const aged = samples.map((sample) => ({ ...sample, error: sample.error + Math.abs(at - sample.at) * QUARTZ }));
  const surest = aged.reduce((best, next) => (next.error < best.error ? next : best));
  return { at, offset: surest.offset, skew: 0, error: surest.error };
}

/** Least squares, each sample weighed by 1/error²; an error below 0.05 ms counts as that, or one ping would rule alone. */
function fitLine(samples: Sample[], newest: Sample): Fit {
  // Numbers near the epoch's milliseconds lose digits when squared: count from the newest sample.
  const points = samples.map((sample) => ({
    x: sample.at - newest.at,
    y: sample.offset - newest.offset,
    w: 1 / Math.max(sample.error, 0.05) ** 2,
  }));
  const total = sum(points.map((p) => p.w));
  const xMean = sum(points.map((p) => p.w * p.x)) / total;
  const yMean = sum(points.map((p) => p.w * p.y)) / total;
  const spread = sum(points.map((p) => p.w * (p.x - xMean) ** 2));
  const slope = sum(points.map((p) => p.w * (p.x - xMean) * (p.y - yMean))) / spread;
  const skew = Math.min(Math.max(slope, -MAX_SKEW), MAX_SKEW);
  const offset = newest.offset + yMean - skew * xMean;
  return { at: newest.at, offset, skew, error: newest.error + Math.abs(offset - newest.offset) };
}

const sum = (numbers: number[]): number => numbers.reduce((total, number) => total + number, 0);
