/**
 * A word of a POSIX shell command that stands for the text, whatever it holds; as it is where nothing in it
 * has a meaning.
 */
export function shellWord(text: string): string {
  return /^[A-Za-z0-9_./:=@%+,-]+$/.test(text) ? text : quoted(text);
}

/** The text in single quotes, in which nothing has a meaning to a POSIX shell. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
