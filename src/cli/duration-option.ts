import { type Duration, parseDuration } from "../model/duration.ts";
import { ConfigurationError } from "../model/problem.ts";

/**
 * A duration on the command line.
 * @param option the word before it, for errors
 * @throws ConfigurationError for a text that is neither a duration nor `never`
 */
export function durationOption(option: string, text: string): Duration | "never" {
  if (text === "never" || parseDuration(text) !== undefined) return text as Duration | "never";
  throw new ConfigurationError(`${option}: "${text}" is not a duration; write one such as "8h", or "never"`);
}
