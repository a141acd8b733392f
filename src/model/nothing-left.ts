/**
 * A part of which nothing is left but known properties. The compiler reports every other property, so that
 * none exists without code behind it.
 */
export type NothingBut<Rest, Known> = Rest & {
  readonly [Key in Exclude<keyof Rest & string, keyof Known>]: never;
};

/**
 * Ends the destructuring of a part of a plan or of a body: nothing is left of it but what the target loses.
 *
 * @example
 * const { image, user, ...rest } = container;
 * nothingLeft(rest, TARGET.exceptions.service);
 * @param lost the target's losses, by the names of the properties. @default none
 */
export function nothingLeft<Rest extends object, Lost extends object = Record<never, never>>(
  _rest: NothingBut<Rest, Lost>,
  _lost?: Lost,
): void {}
