import { ConfigurationError } from "../model/problem.ts";

/** The operands of a verb, and the command that follows after `--`. */
export interface Operands {
  readonly named: readonly string[];
  /** Absent without `--`. Never empty. */
  readonly command?: readonly string[];
}

/**
 * A command line whose option takes the next word only if that is a file of its kind. Otherwise the next word
 * is an operand: commander would give it to the option.
 * @param ending the ending of the files: ".json"
 */
export function withOptionalFile(
  words: readonly string[],
  option: string,
  ending: string,
): readonly string[] {
  const dashes = words.indexOf("--");
  const isOwn = (index: number) => dashes === -1 || index < dashes;
  return words.map((word, index) =>
    word === option && isOwn(index) && !words[index + 1]?.endsWith(ending) ? `${option}=` : word,
  );
}

/** Whether a command answers with JSON. The words of `nestbox pulumi` are Pulumi's own. */
export function isJson(words: readonly string[]): boolean {
  const dashes = words.indexOf("--");
  const own = dashes === -1 ? words : words.slice(0, dashes);
  return own.includes("--json") && !own.includes("pulumi");
}

/**
 * The operands of a verb before and after `--`.
 * @param operands as commander gives them, without `--`
 * @param words the whole command line
 * @param most the number of operands before `--`; with a command, and without one
 * @throws ConfigurationError for too many operands
 */
export function splitAtDashes(
  operands: readonly string[],
  words: readonly string[],
  most: { readonly withCommand: number; readonly alone: number },
): Operands {
  const dashes = words.indexOf("--");
  const command = dashes === -1 ? undefined : words.slice(dashes + 1);
  const named = operands.slice(0, operands.length - (command?.length ?? 0));
  if (command?.length === 0)
    throw new ConfigurationError("--: no command follows; write it, or leave out --");
  const extra = named[command === undefined ? most.alone : most.withCommand];
  if (extra !== undefined)
    throw new ConfigurationError(`${extra}: is one word too many; a command follows after --`);
  return { named, ...(command !== undefined && { command }) };
}
