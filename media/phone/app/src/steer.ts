// Deciding how to keep a film at its place. Pure. Positive error: the picture is ahead of the timeline.

export const DEAD_BAND_MS = 8;
export const COARSE_DEAD_BAND_MS = 40; // without frame callbacks the position is known no better than this
export const SEEK_ABOVE_MS = 250;
export const PULSE_RATE = 0.05;
export const SETTLE_MS = 600;
export const JOIN_AHEAD_MS = 1200;
export const NO_SEEK_TAIL_MS = 2000;
export const SAMPLES = 10;

export type Steering =
  | { do: "nothing" }
  | { do: "pulse"; rate: number; for_ms: number }
  | { do: "seek" };

export function median(numbers: number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
}

/** One pulse that makes the whole error good, or a seek where a pulse would take seconds. */
export function steer(errorMs: number, deadBandMs: number = DEAD_BAND_MS): Steering {
  const size = Math.abs(errorMs);
  if (size <= deadBandMs) return { do: "nothing" };
  if (size > SEEK_ABOVE_MS) return { do: "seek" };
  return { do: "pulse", rate: errorMs > 0 ? 1 - PULSE_RATE : 1 + PULSE_RATE, for_ms: size / PULSE_RATE };
}

/** `skip`: too little of the film is left, and it is not shown at all. */
export type Joining = { do: "skip" } | { do: "start"; at_ms: number; from_ms: number };

/** How a phone joins a film: at its start if there is time, else a little later in it, never in its last two seconds. */
export function join(startsMs: number, lengthMs: number, nowMs: number, ready: boolean): Joining {
  if (nowMs < startsMs) return { do: "start", at_ms: startsMs, from_ms: 0 };
  // A film that was loaded in time and is a blink late is played at once; steering mends the blink.
  if (ready && nowMs - startsMs < 50) return { do: "start", at_ms: nowMs, from_ms: 0 };
  const from_ms = nowMs - startsMs + JOIN_AHEAD_MS;
  return from_ms > lengthMs - NO_SEEK_TAIL_MS ? { do: "skip" } : { do: "start", at_ms: startsMs + from_ms, from_ms };
}

export const mayCorrect = (positionMs: number, lengthMs: number): boolean =>
  positionMs >= 0 && positionMs < lengthMs - NO_SEEK_TAIL_MS;

/** The lead follows the errors of starts slowly: one bad start must not spoil the next. */
export const learnLead = (leadMs: number, startErrorMs: number): number =>
  Math.min(Math.max(leadMs - startErrorMs * 0.4, 0), 150);

/** When, on the audio clock, a sound must start so that it is heard at this instant of `performance.now()`. */
export function audioTimeAt(
  targetMs: number,
  audio: { contextTime: number; performanceTime: number; currentTime: number; nowMs: number; latency: number },
): number {
  const heard = audio.performanceTime > 0 && audio.contextTime > 0;
  if (heard) return audio.contextTime + (targetMs - audio.performanceTime) / 1000;
  return audio.currentTime + (targetMs - audio.nowMs) / 1000 - audio.latency;
}
