/** The known word that was probably meant: the nearest one at most two typing mistakes away, or undefined. */
export function nearestWord(written: string, known: readonly string[]): string | undefined {
  const distances = known.map((word) => ({ word, mistakes: editDistance(written, word) }));
  const [nearest] = distances.sort((one, other) => one.mistakes - other.mistakes);
  return nearest && nearest.mistakes <= 2 ? nearest.word : undefined;
}

/**
 * How many letters must be added, taken away or exchanged to get from one word to the other (Levenshtein's
 * distance).
 */
function editDistance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, column) => column);
  for (const [index, letter] of [...one].entries()) {
    const next = [index + 1];
    for (let column = 1; column <= other.length; column++) {
      const exchanged = (row[column - 1] ?? 0) + (other[column - 1] === letter ? 0 : 1);
      next.push(Math.min(exchanged, (row[column] ?? 0) + 1, (next[column - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[other.length] ?? 0;
}
