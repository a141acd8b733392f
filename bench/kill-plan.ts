/** The commands to kill, what a stack has to be before them, and the edition of its declaration. */
export const COMMANDS = {
  "up from nothing": { words: ["up"], needs: "nothing", edition: 1 },
  "up of a change": { words: ["up"], needs: "up", edition: 2 },
  run: { words: ["run", "shop"], needs: "up", edition: 1 },
  extend: { words: ["extend", "3h"], needs: "up", edition: 1 },
  down: { words: ["down"], needs: "up", edition: 1 },
  gc: { words: ["gc", "--yes"], needs: "expired", edition: 1 },
} as const;

export type CommandName = keyof typeof COMMANDS;

/** The end of a command by a signal, and the commands that mend it. */
export interface Kill {
  readonly number: number;
  readonly command: CommandName;
  readonly signal: "SIGKILL" | "SIGTERM" | "SIGINT";
  /** Whether SIGKILL reaches all processes of the command, or itself alone. */
  readonly withDescendants: boolean;
  /** The moment, as a fraction of the command's usual duration. */
  readonly moment: number;
  readonly mend: "up" | "down" | "gc";
}

const NAMES = Object.keys(COMMANDS) as CommandName[];

/** The kills of a seed: the commands in turn, everything else at random. Three of five are by SIGKILL. */
export function planKills(count: number, seed: number): readonly Kill[] {
  const next = numbersFrom(seed);
  const oneOf = <Item>(items: readonly [Item, ...Item[]]): Item =>
    items[Math.floor(next() * items.length)] ?? items[0];
  return Array.from({ length: count }, (_, index) => ({
    number: index + 1,
    command: NAMES[index % NAMES.length] ?? "up from nothing",
    signal: oneOf(["SIGKILL", "SIGKILL", "SIGKILL", "SIGTERM", "SIGINT"]),
    withDescendants: oneOf([false, true]),
    moment: next(),
    mend: oneOf(["up", "down", "gc"]),
  }));
}

/**
 * Pseudo-random numbers from 0 to 1: https://en.wikipedia.org/wiki/Linear_congruential_generator
 * (Numerical Recipes).
 */
export function numbersFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
