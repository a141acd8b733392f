import type { ErrorAnswer, Problem } from "./answers.ts";

/**
 * The answer of a command that an error ends.
 * @param message the lines of the error: `PLACE: CAUSE; REMEDY`
 */
export function errorAnswer(message: string, exitCode: number): Omit<ErrorAnswer, "schema"> {
  return { exitCode, error: message, problems: problemsOf(message) };
}

function problemsOf(message: string): readonly Problem[] {
  const problems: string[] = [];
  for (const line of message.split("\n")) {
    const isOwn = problems.length === 0 || (!line.startsWith(" ") && line.includes(": "));
    if (isOwn) problems.push(line);
    else problems[problems.length - 1] += `\n${line}`;
  }
  return problems.map(problemIn);
}

/** The place ends at the first colon, the remedy begins after the last semicolon of the first line. */
function problemIn(text: string): Problem {
  const [first = "", ...more] = text.split("\n");
  const {
    place,
    cause = "",
    remedy,
  } = /^(?:(?<place>.+?): )?(?<cause>.*?)(?:; (?<remedy>(?:(?!; ).)+))?$/.exec(first)?.groups ?? {};
  return {
    ...(place !== undefined && { place }),
    cause: [cause, ...more].join("\n"),
    ...(remedy !== undefined && { remedy }),
  };
}
