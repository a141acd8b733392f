/** A duration: `"250ms"`, `"30s"`, `"5m"`, `"8h"`, `"2d"`. */
export type Duration = `${number}${"ms" | "s" | "m" | "h" | "d"}`;

const MILLISECONDS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** The longest duration in milliseconds: 100 years. Docker's nanoseconds in 63 bits end at 292 years. */
const LONGEST = 36_500 * 86_400_000;

/** The duration in milliseconds, or undefined for text that is no duration from 1 ms to 100 years. */
export function parseDuration(text: string): number | undefined {
  const [, number, unit = ""] = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text) ?? [];
  const milliseconds = Number(number) * (MILLISECONDS[unit] ?? Number.NaN);
  return milliseconds >= 1 && milliseconds <= LONGEST ? milliseconds : undefined;
}

/**
 * The duration in milliseconds.
 * @throws RangeError for an invalid duration, which validation would have rejected
 */
export function milliseconds(duration: Duration): number {
  const parsed = parseDuration(duration);
  if (parsed === undefined) throw new RangeError(`"${duration}" is not a duration; use one such as "30s"`);
  return parsed;
}

/** The longest delay of a timer in milliseconds: 24 days. A longer one fires at once. */
const LONGEST_TIMER = 2 ** 31 - 1;

/** The duration in milliseconds, cut to the longest delay of a timer. */
export function timerMilliseconds(duration: Duration): number {
  return Math.min(milliseconds(duration), LONGEST_TIMER);
}

/** The duration in Docker's and compose's notation, which has no days: `"90000ms"` becomes `"1m30s"`. */
export function goDuration(duration: Duration): string {
  let rest = Math.round(milliseconds(duration));
  let text = "";
  for (const unit of ["h", "m", "s", "ms"] as const) {
    const size = MILLISECONDS[unit] ?? 1;
    if (rest >= size) {
      text += `${Math.floor(rest / size)}${unit}`;
      rest %= size;
    }
  }
  return text;
}
