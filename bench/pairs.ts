/** Two series of alternate measurements, so that a slower machine affects both. */
export interface Pairs {
  readonly one: readonly number[];
  readonly other: readonly number[];
}

/** Takes two measurements alternately, after one uncounted round that fills caches. */
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

/** Consecutive steps, by name. */
export type Steps<Name extends string> = Readonly<Record<Name, () => Promise<unknown>>>;

/** The duration of each step, in milliseconds, with a value for each round. */
export type Times<Name extends string> = Readonly<Record<Name, readonly number[]>>;

/**
 * Times the same steps of several contenders, after one uncounted round. They alternate at each step, in
 * reverse every other round: a step may slow down the one after it.
 */
export async function inTurn<Contender extends string, Name extends string>(
  rounds: number,
  contenders: Readonly<Record<Contender, Steps<Name>>>,
): Promise<Readonly<Record<Contender, Times<Name>>>> {
  const all = Object.entries(contenders) as [Contender, Steps<Name>][];
  const names = Object.keys(all[0]?.[1] ?? {}) as Name[];
  const times = Object.fromEntries(
    all.map(([contender]) => [contender, Object.fromEntries(names.map((name) => [name, [] as number[]]))]),
  ) as Record<Contender, Record<Name, number[]>>;
  for (let round = -1; round < rounds; round++) {
    const turn = round % 2 === 0 ? all : all.toReversed();
    for (const name of names) {
      for (const [contender, steps] of turn) {
        const started = performance.now();
        await steps[name]();
        if (round >= 0) times[contender][name].push(performance.now() - started);
      }
    }
  }
  return times;
}

/** The median of the values. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? 0)
    : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}

/** The median of the ratios of pairs. */
export function ratio({ one, other }: Pairs): number {
  return median(one.map((value, index) => value / (other[index] ?? Number.NaN)));
}
