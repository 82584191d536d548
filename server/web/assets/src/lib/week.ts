// Hours of a week as lines of text: `14:20-15:50, 22:00-02:00`. The line is sent as it reads; the grid only edits it.

/** Minutes of a day; `until` passes 1440 where a night goes on after midnight. */
export type Span = [from: number, until: number];

export const DAY_MIN = 1440;

const SPAN = /^(\d{1,2})(?:[:.](\d{2}))?\s*[-–—~]\s*(\d{1,2})(?:[:.](\d{2}))?$/;

/** The spans of a line in order; null if it cannot be read. */
export const readLine = (line: string): Span[] | null => {
  const spans: Span[] = [];
  for (const part of line.normalize("NFKC").split(/[,;、]/).map((one) => one.trim()).filter(Boolean)) {
    const found = SPAN.exec(part);
    if (!found) return null;
    const [fromH = 0, fromM = 0, untilH = 0, untilM = 0] = found.slice(1).map((digits) => Number(digits ?? 0));
    const [from, until] = [fromH * 60 + fromM, untilH * 60 + untilM];
    if (fromM > 59 || untilM > 59 || from >= DAY_MIN || until > DAY_MIN || from === until) return null;
    spans.push([from, until > from ? until : until + DAY_MIN]);
  }
  return spans.sort((a, b) => a[0] - b[0]);
};

const clock = (minute: number): string => {
  const shown = minute > DAY_MIN ? minute - DAY_MIN : minute;
  return `${String(Math.floor(shown / 60)).padStart(2, "0")}:${String(shown % 60).padStart(2, "0")}`;
};

export const writeLine = (spans: Span[]): string => spans.map(([from, until]) => `${clock(from)}-${clock(until)}`).join(", ");

/** The spans with these minutes in, or out of them. */
export const withMinutes = (spans: Span[], [from, until]: Span, isIn: boolean): Span[] => {
  const outside = spans.flatMap(([a, b]): Span[] => [[a, Math.min(b, from)], [Math.max(a, until), b]]).filter(([a, b]) => a < b);
  if (!isIn) return outside;
  const joined: Span[] = [];
  for (const [a, b] of [...outside, [from, until] as Span].sort((one, other) => one[0] - other[0])) {
    const last = joined[joined.length - 1];
    if (last && a <= last[1]) last[1] = Math.max(last[1], b);
    else joined.push([a, b]);
  }
  return joined;
};

/** The covered part of an hour, as its first and last minute in it; null for nothing. */
export const coveredPart = (spans: Span[], hour: number): Span | null => {
  const parts = spans.map(([a, b]): Span => [Math.max(a, hour * 60), Math.min(b, hour * 60 + 60)]).filter(([a, b]) => a < b);
  if (!parts.length) return null;
  return [Math.min(...parts.map(([a]) => a)) - hour * 60, Math.max(...parts.map(([, b]) => b)) - hour * 60];
};

/** The week with one hour in or out. Its part in the night before changes with it. */
export const withHour = (week: Span[][], day: number, hour: number, isIn: boolean): Span[][] => {
  const before = (day + 6) % 7;
  return week.map((spans, at) => {
    if (at === day) return withMinutes(spans, [hour * 60, hour * 60 + 60], isIn);
    if (at === before && !isIn) return withMinutes(spans, [DAY_MIN + hour * 60, DAY_MIN + hour * 60 + 60], false);
    return spans;
  });
};

/** The part of a day's hour that the day itself or the night before covers. */
export const coveredOf = (week: Span[][], day: number, hour: number): Span | null =>
  coveredPart(week[day] ?? [], hour) ?? coveredPart(week[(day + 6) % 7] ?? [], hour + 24);
