/** A length of time as people write it: `"250ms"`, `"30s"`, `"5m"`, `"8h"`, `"2d"`. */
export type Duration = `${number}${"ms" | "s" | "m" | "h" | "d"}`;

const MILLISECONDS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/**
 * The longest duration, in milliseconds: a hundred years. Go, and with it Docker, counts nanoseconds in 63
 * bits: 292 years.
 */
const LONGEST = 36_500 * 86_400_000;

/**
 * The duration in milliseconds, or undefined when the text is not a duration from a millisecond to a hundred
 * years.
 */
export function parseDuration(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text);
  if (!match?.[1] || !match[2]) return undefined;
  const milliseconds = Number(match[1]) * (MILLISECONDS[match[2]] ?? Number.NaN);
  return milliseconds >= 1 && milliseconds <= LONGEST ? milliseconds : undefined;
}

/**
 * The duration in milliseconds.
 * @throws RangeError for what validation has not let through
 */
export function milliseconds(duration: Duration): number {
  const parsed = parseDuration(duration);
  if (parsed === undefined) throw new RangeError(`"${duration}" is not a duration such as "30s"`);
  return parsed;
}

/** The longest that a timer waits, in milliseconds: 24 days. One that is set to more goes off at once. */
const LONGEST_TIMER = 2 ** 31 - 1;

/** The duration in milliseconds as a timer takes it. */
export function timerMilliseconds(duration: Duration): number {
  return Math.min(milliseconds(duration), LONGEST_TIMER);
}

/** Docker's and compose's notation, which knows no days: `"90000ms"` becomes `"1m30s"`. */
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
