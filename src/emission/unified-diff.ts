/** Lines of context around a difference. */
const CONTEXT = 3;

type Step = { readonly kind: " " | "-" | "+"; readonly line: string };

/**
 * The differences between two texts as a unified diff, without colours. Empty if they are equal.
 * Algorithm: E. Myers, An O(ND) difference algorithm and its variations, 1986.
 */
export function unifiedDiff(oldName: string, newName: string, oldText: string, newText: string): string {
  if (oldText === newText) return "";
  const steps = editSteps(linesOf(oldText), linesOf(newText));
  const hunks = hunksOf(steps).map((hunk) => formatHunk(steps, hunk));
  return [`--- ${oldName}`, `+++ ${newName}`, ...hunks].join("\n");
}

function linesOf(text: string): readonly string[] {
  if (text === "") return [];
  const lines = text.split("\n");
  return lines.at(-1) === ""
    ? lines.slice(0, -1)
    : [...lines.slice(0, -1), `${lines.at(-1)}\n\\ No newline at end of file`];
}

function editSteps(old: readonly string[], now: readonly string[]): readonly Step[] {
  let start = 0;
  while (start < old.length && start < now.length && old[start] === now[start]) start++;
  let end = 0;
  while (end < old.length - start && end < now.length - start && old.at(-1 - end) === now.at(-1 - end)) end++;
  const keep = (lines: readonly string[]) => lines.map((line): Step => ({ kind: " ", line }));
  return [
    ...keep(old.slice(0, start)),
    ...shortestEdit(old.slice(start, old.length - end), now.slice(start, now.length - end)),
    ...keep(old.slice(old.length - end)),
  ];
}

function shortestEdit(old: readonly string[], now: readonly string[]): readonly Step[] {
  const furthest = new Map<number, number>([[1, 0]]);
  const trace: Map<number, number>[] = [];
  for (let edits = 0; edits <= old.length + now.length; edits++) {
    trace.push(new Map(furthest));
    for (let diagonal = -edits; diagonal <= edits; diagonal += 2) {
      let x = isDown(furthest, diagonal, edits) ? at(furthest, diagonal + 1) : at(furthest, diagonal - 1) + 1;
      while (x < old.length && x - diagonal < now.length && old[x] === now[x - diagonal]) x++;
      furthest.set(diagonal, x);
      if (x >= old.length && x - diagonal >= now.length) return backtrack(trace, old, now);
    }
  }
  return [];
}

function backtrack(
  trace: readonly Map<number, number>[],
  old: readonly string[],
  now: readonly string[],
): readonly Step[] {
  const steps: Step[] = [];
  let x = old.length;
  let y = now.length;
  for (let edits = trace.length - 1; edits >= 0; edits--) {
    const furthest = trace[edits] ?? new Map();
    const diagonal = x - y;
    const previous = isDown(furthest, diagonal, edits) ? diagonal + 1 : diagonal - 1;
    const previousX = at(furthest, previous);
    while (x > Math.max(previousX, 0) && y > Math.max(previousX - previous, 0)) {
      steps.push({ kind: " ", line: old[--x] ?? "" });
      y--;
    }
    if (edits === 0) break;
    if (x === previousX) steps.push({ kind: "+", line: now[--y] ?? "" });
    else steps.push({ kind: "-", line: old[--x] ?? "" });
  }
  return steps.reverse();
}

function isDown(furthest: ReadonlyMap<number, number>, diagonal: number, edits: number): boolean {
  return (
    diagonal === -edits || (diagonal !== edits && at(furthest, diagonal - 1) < at(furthest, diagonal + 1))
  );
}

function at(furthest: ReadonlyMap<number, number>, diagonal: number): number {
  return furthest.get(diagonal) ?? -1;
}

interface Hunk {
  readonly from: number;
  readonly to: number;
}

function hunksOf(steps: readonly Step[]): readonly Hunk[] {
  const hunks: Hunk[] = [];
  for (const [index, { kind }] of steps.entries()) {
    if (kind === " ") continue;
    const from = Math.max(0, index - CONTEXT);
    const to = Math.min(steps.length, index + CONTEXT + 1);
    const last = hunks.at(-1);
    if (last && from <= last.to) hunks[hunks.length - 1] = { from: last.from, to };
    else hunks.push({ from, to });
  }
  return hunks;
}

function formatHunk(steps: readonly Step[], { from, to }: Hunk): string {
  const count = (part: readonly Step[], without: string) =>
    part.filter(({ kind }) => kind !== without).length;
  const before = steps.slice(0, from);
  const inside = steps.slice(from, to);
  const range = (without: "-" | "+") => {
    const length = count(inside, without);
    return `${count(before, without) + (length === 0 ? 0 : 1)},${length}`;
  };
  return [`@@ -${range("+")} +${range("-")} @@`, ...inside.map(({ kind, line }) => `${kind}${line}`)].join(
    "\n",
  );
}
