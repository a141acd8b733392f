/**
 * The words of a command as Compose splits it: by spaces, with quotes and backslashes, without variables.
 * Undefined for a quote that does not end.
 */
export function shellWords(text: string): readonly string[] | undefined {
  const words: string[] = [];
  let word: string | undefined;
  let quote: '"' | "'" | undefined;
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at] as string;
    if (quote === undefined && /\s/.test(character)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else if (character === quote) {
      quote = undefined;
    } else if (quote === undefined && (character === '"' || character === "'")) {
      quote = character;
      word ??= "";
    } else if (character === "\\" && quote !== "'") {
      const next = text[at + 1] ?? "";
      // In double quotes, a backslash stands for itself before all others.
      const isEscape = quote === undefined || '"\\$`\n'.includes(next);
      word = (word ?? "") + (isEscape ? next : `\\${next}`);
      at += 1;
    } else {
      word = (word ?? "") + character;
    }
  }
  if (quote !== undefined) return undefined;
  return word === undefined ? words : [...words, word];
}
