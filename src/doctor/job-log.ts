/** A line of a job's log as a person reads it, and where it stands in the file. */
export interface LogLine {
  /** Counted from 1. */
  readonly number: number;
  readonly text: string;
}

/**
 * The lines of a job's log, without what GitLab's runner puts around them: time stamps, the marks of
 * sections, colours, and the carriage returns of progress bars.
 *
 * A stamp is `2026-01-31T12:00:00.000000Z 00O `: the time, the stream's number, `O` or `E`, and `+` where the
 * line goes on with the one before. Source: https://docs.gitlab.com/runner/configuration/feature-flags/
 * (FF_TIMESTAMPS), https://docs.gitlab.com/ci/jobs/job_logs/
 */
export function readJobLog(log: string): readonly LogLine[] {
  const lines: LogLine[] = [];
  for (const [index, raw] of log.replaceAll("\r\n", "\n").split("\n").entries()) {
    const [, goesOn, rest = ""] = STAMPED.exec(raw) ?? [];
    const text = withoutMarks(rest);
    const before = lines.at(-1);
    if (goesOn === "+" && before) lines.splice(-1, 1, { ...before, text: before.text + text });
    else lines.push({ number: index + 1, text });
  }
  return lines.map(({ number, text }) => ({ number, text: text.trim() })).filter(({ text }) => text !== "");
}

const STAMPED = /^(?:\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z (?:[0-9a-f]{2}[OE]([ +]))?)?(.*)$/s;

function withoutMarks(text: string): string {
  return (
    text
      .replace(/section_(?:start|end):\d+:[\w.-]+(?:\[[^\]]*\])?\r?/g, "")
      // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are escape sequences
      .replace(/\u001b\[[0-9;]*[A-Za-z]/g, "")
      .replaceAll("\r", " ")
  );
}
