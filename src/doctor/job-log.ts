/** A line of a job's log as GitLab shows it, and its number in the file. */
export interface LogLine {
  /** Counted from 1. */
  readonly number: number;
  readonly text: string;
}

/**
 * The lines of a job's log without timestamps, section markers, colours, and the carriage returns of progress
 * bars.
 *
 * A timestamp is `2026-01-31T12:00:00.000000Z 00O `: time, stream number, `O` or `E`, and `+` on a line that
 * continues the previous one. Source: https://docs.gitlab.com/runner/configuration/feature-flags/
 * (FF_TIMESTAMPS), https://docs.gitlab.com/ci/jobs/job_logs/
 */
export function readJobLog(log: string): readonly LogLine[] {
  const lines: LogLine[] = [];
  for (const [index, raw] of log.replaceAll("\r\n", "\n").split("\n").entries()) {
    const [, continuation, rest = ""] = STAMPED.exec(raw) ?? [];
    const text = withoutMarkers(rest);
    const previous = lines.at(-1);
    if (continuation === "+" && previous) lines.splice(-1, 1, { ...previous, text: previous.text + text });
    else lines.push({ number: index + 1, text });
  }
  return lines.map(({ number, text }) => ({ number, text: text.trim() })).filter(({ text }) => text !== "");
}

const STAMPED = /^(?:\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z (?:[0-9a-f]{2}[OE]([ +]))?)?(.*)$/s;

function withoutMarkers(text: string): string {
  return (
    text
      .replace(/section_(?:start|end):\d+:[\w.-]+(?:\[[^\]]*\])?\r?/g, "")
      // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are escape sequences
      .replace(/\u001b\[[0-9;]*[A-Za-z]/g, "")
      .replaceAll("\r", " ")
  );
}
