/** What two hundred sandboxes at once have come to. */
export interface ScaleOutcome {
  /** How many there were to be. */
  readonly sandboxes: number;
  /** How many have answered their own job. */
  readonly own: number;
  /** How many questions went to a sandbox from the network of another. */
  readonly asked: number;
  /** How many of those were answered. */
  readonly strangers: number;
  /** Creation of one of the last sandboxes to that of one around the tenth. */
  readonly growth: number;
}

/** How much more than around the tenth the creation of a sandbox may take in the end. */
export const MOST_GROWTH = 1.5;

/** What is not as it is promised, in words. */
export function scaleProblems({ sandboxes, own, asked, strangers, growth }: ScaleOutcome): readonly string[] {
  const problems: readonly (readonly [boolean, string])[] = [
    [own === sandboxes, `${own} of ${sandboxes} sandboxes have answered their own job`],
    [asked > 0, "no sandbox was asked from another's network"],
    [strangers === 0, `${strangers} of ${asked} questions from another's network were answered`],
    [
      growth <= MOST_GROWTH,
      `creating one of the last took × ${growth.toFixed(2)} of one around the tenth, more than × ${MOST_GROWTH.toFixed(2)}`,
    ],
  ];
  return problems.flatMap(([isFine, problem]) => (isFine ? [] : [problem]));
}
