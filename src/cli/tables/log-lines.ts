import { createColors } from "picocolors";
import type { LogLine } from "../../sandbox/running-sandbox.ts";
import { answerText } from "../answers/answer-text.ts";
import type { LogAnswer } from "../answers/answers.ts";

/** A line of a service. */
export interface ServiceLine extends LogLine {
  readonly sandbox: string;
  readonly service: string;
}

/** How lines of services are printed. */
export interface LogFormat {
  readonly json: boolean;
  readonly colours: boolean;
  /** Whether each line begins with the name of its service. */
  readonly names: boolean;
}

/** The colours of services, in the order of the declaration; then again from the first. */
const COLOURS = ["cyan", "yellow", "green", "magenta", "blue", "cyanBright", "yellowBright"] as const;

/**
 * Returns a function that gives a line as text, with its line break.
 * @param services those whose lines are printed
 */
export function lineFormat(
  services: readonly string[],
  { json, colours, names }: LogFormat,
): (line: ServiceLine) => string {
  if (json)
    return ({ sandbox, service, stream, text }) =>
      answerText<LogAnswer>({ sandbox, service, stream, text }, "line");
  if (!names) return ({ text }) => `${text}\n`;
  const width = Math.max(0, ...services.map((service) => service.length));
  const palette = createColors(colours);
  const prefixes = new Map(
    services.map((service, index) => {
      const colour = palette[COLOURS[index % COLOURS.length] ?? "cyan"];
      return [service, colour(`${service.padEnd(width)} |`)] as const;
    }),
  );
  return ({ service, text }) => `${prefixes.get(service) ?? service} ${text}\n`;
}
