/** Two measurements of one round, so that a slower machine affects both. */
export type Pair = readonly [one: number, other: number];

/** The duration of each step of each contender in one round, in milliseconds. */
export type Round<Contender extends string, Step extends string> = Readonly<
  Record<Contender, Readonly<Record<Step, number>>>
>;

/** Consecutive steps, by name. */
export type Steps<Step extends string> = Readonly<Record<Step, () => Promise<unknown>>>;

/** Takes a measurement in each round, after one uncounted round that fills caches. */
export async function inRounds<Measured>(
  rounds: number,
  measure: (round: number) => Promise<Measured>,
): Promise<readonly Measured[]> {
  const measured: Measured[] = [];
  for (let round = 0; round <= rounds; round++) measured.push(await measure(round));
  return measured.slice(1);
}

/** Takes two measurements alternately. */
export function inPairs(
  rounds: number,
  one: () => Promise<number>,
  other: () => Promise<number>,
): Promise<readonly Pair[]> {
  return inRounds(rounds, async (): Promise<Pair> => [await one(), await other()]);
}

/**
 * Times the same steps of several contenders. They alternate at each step, in reverse every other round: a
 * step may slow down the one after it.
 */
export function inTurn<Contender extends string, Step extends string>(
  rounds: number,
  contenders: Readonly<Record<Contender, Steps<Step>>>,
): Promise<readonly Round<Contender, Step>[]> {
  const all = Object.entries(contenders) as [Contender, Steps<Step>][];
  const names = Object.keys(all[0]?.[1] ?? {}) as Step[];
  return inRounds(rounds, async (round) => {
    const times = new Map(all.map(([contender]) => [contender, {} as Record<Step, number>]));
    for (const name of names)
      for (const [contender, steps] of round % 2 === 0 ? all.toReversed() : all)
        Object.assign(times.get(contender) ?? {}, { [name]: await timed(steps[name]) });
    return Object.fromEntries(times) as Round<Contender, Step>;
  });
}

/** The duration of some work, in milliseconds. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

/** The median of the values. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? 0)
    : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}
