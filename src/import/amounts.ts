const UNITS: Readonly<Record<string, number>> = {
  us: 0.001,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};

/** The milliseconds of a duration such as `1m30s`, or undefined for other text. */
export function composeMilliseconds(text: string): number | undefined {
  if (!/^(?:\d+(?:\.\d+)?(?:us|ms|s|m|h))+$/.test(text)) return undefined;
  return [...text.matchAll(/(\d+(?:\.\d+)?)(us|ms|s|m|h)/g)]
    .map(([, number, unit = ""]) => Number(number) * (UNITS[unit] ?? 0))
    .reduce((sum, one) => sum + one, 0);
}

/** A duration as declarations have it, in the largest unit without a fraction. */
export function durationOf(milliseconds: number): string {
  const whole = Math.max(1, Math.round(milliseconds));
  // A minute and a half reads better as 90s.
  for (const unit of ["h", "m", "s"] as const) {
    const size = UNITS[unit] ?? 1;
    if (whole % size === 0) return `${whole / size}${unit}`;
  }
  return `${whole}ms`;
}

const POWERS: Readonly<Record<string, number>> = { b: 0, k: 1, m: 2, g: 3 };

/** A size such as `512m`, `1gb` or a number of bytes as declarations have it, or undefined for other text. */
export function composeSize(text: string): string | undefined {
  const [, number, unit = "b"] = /^(\d+(?:\.\d+)?)\s*([bkmg])?i?b?$/i.exec(text) ?? [];
  if (number === undefined) return undefined;
  const bytes = Number(number) * 1024 ** (POWERS[unit.toLowerCase()] ?? 0);
  for (const [name, size] of [
    ["GiB", 1024 ** 3],
    ["MiB", 1024 ** 2],
  ] as const)
    if (bytes >= size && bytes % size === 0) return `${bytes / size}${name}`;
  return `${Math.ceil(bytes / 1024)}KiB`;
}
