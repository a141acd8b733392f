/** An amount of memory: `"512KiB"`, `"256MiB"`, `"2GiB"`. */
export type Size = `${number}${"KiB" | "MiB" | "GiB"}`;

const BYTES: Readonly<Record<string, number>> = { KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 };

/** The size in bytes, or undefined for text that is no size from 1 byte to the largest safe integer. */
export function parseSize(text: string): number | undefined {
  const [, number, unit = ""] = /^(\d+(?:\.\d+)?)(KiB|MiB|GiB)$/.exec(text) ?? [];
  const bytes = Math.round(Number(number) * (BYTES[unit] ?? Number.NaN));
  return bytes > 0 && Number.isSafeInteger(bytes) ? bytes : undefined;
}

/**
 * The size in bytes.
 * @throws RangeError for an invalid size, which validation would have rejected
 */
export function bytes(size: Size): number {
  const parsed = parseSize(size);
  if (parsed === undefined) throw new RangeError(`"${size}" is not a size; use one such as "256MiB"`);
  return parsed;
}
