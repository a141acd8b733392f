/** Passes lines on, and keeps the last ones. */
export function keepLast(onLine: (line: string) => void): {
  readonly lines: readonly string[];
  readonly take: (line: string) => void;
} {
  const lines: string[] = [];
  const take = (line: string) => {
    if (line.trim() !== "") lines.push(line.trimEnd());
    if (lines.length > LINES) lines.shift();
    onLine(line);
  };
  return { lines, take };
}

const LINES = 12;
