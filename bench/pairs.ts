/** Two things measured in turn, so that a machine that gets slower meanwhile slows both. */
export interface Pairs {
  readonly one: readonly number[];
  readonly other: readonly number[];
}

/** Measures two things in turn, after one uncounted round that fills caches. */
export async function inPairs(
  rounds: number,
  one: () => Promise<number>,
  other: () => Promise<number>,
): Promise<Pairs> {
  const pairs = { one: [] as number[], other: [] as number[] };
  for (let round = -1; round < rounds; round++) {
    const [first, second] = [await one(), await other()];
    if (round < 0) continue;
    pairs.one.push(first);
    pairs.other.push(second);
  }
  return pairs;
}

/** The value in the middle. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? 0)
    : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}

/** The median of the ratios, pair by pair. */
export function ratio({ one, other }: Pairs): number {
  return median(one.map((value, index) => value / (other[index] ?? Number.NaN)));
}
