/** What formatters differ in, as far as the files of init show it. */
export interface CodeStyle {
  readonly indentation: string;
  readonly quote: '"' | "'";
  readonly semicolons: boolean;
  readonly trailingCommas: boolean;
}

/** The style of the files as init holds them, which is Prettier's default. */
export const DEFAULT_STYLE: CodeStyle = {
  indentation: "  ",
  quote: '"',
  semicolons: true,
  trailingCommas: true,
};

/** A comment, or a string. */
const COMMENT_OR_STRING = /\/\*[\s\S]*?\*\/|\/\/.*|"((?:\\.|[^"\\])*)"|'((?:\\.|[^'\\])*)'/g;

/** TypeScript in the default style, in another style. Formatters wrap no line of init's files. */
export function styled(code: string, { indentation, quote, semicolons, trailingCommas }: CodeStyle): string {
  const quoted = code.replace(COMMENT_OR_STRING, (found, double?: string, single?: string) => {
    const content = double ?? single;
    return content === undefined ? found : withQuotes(content, quote);
  });
  const indented = quoted.replace(/^(?: {2})+/gm, (spaces) => indentation.repeat(spaces.length / 2));
  const terminated = semicolons ? indented : indented.replace(/;$/gm, "");
  return trailingCommas ? terminated : terminated.replace(/,(?=\n\s*[\]})])/g, "");
}

/** A string in the preferred quotes, unless the others need fewer escapes. */
function withQuotes(escaped: string, preferred: '"' | "'"): string {
  const content = escaped.replace(/\\(["'])/g, "$1");
  const count = (quote: string) => content.split(quote).length - 1;
  const other = preferred === '"' ? "'" : '"';
  const quote = count(preferred) > count(other) ? other : preferred;
  return quote + content.replaceAll(quote, `\\${quote}`) + quote;
}
