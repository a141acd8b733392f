import { colors } from "../terminal/colors.ts";
import { formatElapsed } from "../terminal/progress.ts";
import { coveredTime, criticalPath } from "./critical-path.ts";
import type { Span } from "./timings.ts";

/** The bars of spans, on the critical path and beside it. */
const [CRITICAL, OTHER] = ["█", "░"];
const [NARROWEST_CHART, WIDEST_CHART] = [16, 60];
/** The longest name of a part: that of an image may be longer. */
const LONGEST_PART = 32;
const ARROW = " → ";

/**
 * Spans as a chart, a line each, and their critical path. Parts are in the order of their beginnings.
 * @param columns the width of the terminal
 */
export function waterfall(spans: readonly Span[], columns: number): string {
  if (spans.length === 0) return "";
  const path = criticalPath(spans);
  const rows = inOrder(spans);
  const begin = Math.min(...spans.map(({ start }) => start));
  const total = Math.max(...spans.map(({ end }) => end)) - begin;
  const parts = rows.map(({ part }) => shortened(part));
  const times = rows.map(({ start, end }) => formatTime(end - start));
  const [partWidth, stepWidth, timeWidth] = [parts, rows.map(({ step }) => step), times].map(widest) as [
    number,
    number,
    number,
  ];
  const fixed = partWidth + stepWidth + timeWidth + 6;
  const width = Math.max(NARROWEST_CHART, Math.min(WIDEST_CHART, columns - 1 - fixed));
  const lines = rows.map((span, index) => {
    const { part, step, failed = false } = span;
    const isCritical = path.includes(span);
    const name = part === rows[index - 1]?.part ? "" : shortened(part);
    const time = (times[index] ?? "").padStart(timeWidth);
    const bar = barOf(span, { begin, total, width }, isCritical ? CRITICAL : OTHER);
    const text = `${name.padEnd(partWidth)}  ${step.padEnd(stepWidth)}  ${time}  `;
    const colour = failed ? colors.red : isCritical ? colors.cyan : colors.dim;
    return `${text}${colour(bar)}`;
  });
  const scale = `${" ".repeat(fixed)}${colors.dim(scaleOf(total, width))}`;
  return [scale, ...lines, "", ...describePath(path, total, columns)].join("\n");
}

/** The spans of one part together, all in the order of their beginnings. */
function inOrder(spans: readonly Span[]): readonly Span[] {
  const sorted = [...spans].sort((one, other) => one.start - other.start);
  return [...Map.groupBy(sorted, ({ part }) => part).values()].flat();
}

/** The columns of a chart and the time that they stand for. */
interface Scale {
  readonly begin: number;
  readonly total: number;
  readonly width: number;
}

/** At least one character wide, within the chart. */
function barOf({ start, end }: Span, { begin, total, width }: Scale, mark: string): string {
  const column = (time: number) => (total === 0 ? 0 : Math.round(((time - begin) / total) * width));
  const from = Math.min(column(start), width - 1);
  return " ".repeat(from) + mark.repeat(Math.max(1, column(end) - from));
}

/** The two ends of the chart: "0        1.24s". */
function scaleOf(total: number, width: number): string {
  return `0${formatTime(total).padStart(width - 1)}`;
}

function describePath(path: readonly Span[], total: number, columns: number): readonly string[] {
  const steps = path.map(
    ({ part, step, start, end }) => `${shortened(part)} ${step} ${formatTime(end - start)}`,
  );
  const title = `critical path ${CRITICAL}  ${formatTime(coveredTime(path))} of ${formatTime(total)}`;
  return [colors.bold(title), ...joinedLines(steps, columns - 1)];
}

/** Texts with arrows between them, in lines of a width. */
function joinedLines(texts: readonly string[], width: number): readonly string[] {
  const lines: string[] = [];
  let line = "";
  for (const text of texts) {
    const longer = line === "" ? `  ${text}` : `${line}${ARROW}${text}`;
    if (line === "" || longer.length <= width) line = longer;
    else {
      lines.push(line);
      line = ` ${ARROW}${text}`;
    }
  }
  return [...lines, line];
}

function shortened(part: string): string {
  return part.length > LONGEST_PART ? `${part.slice(0, LONGEST_PART - 1)}…` : part;
}

function widest(texts: readonly string[]): number {
  return Math.max(...texts.map(({ length }) => length));
}

/** "7ms", "1.24s", "2m 05s". */
function formatTime(milliseconds: number): string {
  if (milliseconds < 999.5) return `${Math.round(milliseconds)}ms`;
  return milliseconds < 59_995 ? `${(milliseconds / 1000).toFixed(2)}s` : formatElapsed(milliseconds);
}
