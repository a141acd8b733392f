/** Text that comes in parts, as lines. A part may end within a line, and within a character. */
export interface LineCutter {
  /** The lines that end in the next part. */
  add(part: Uint8Array | string): readonly string[];
  /** The last line, unless the text ended with a line break. */
  end(): readonly string[];
}

export function lineCutter(): LineCutter {
  const decoder = new TextDecoder();
  let rest = "";
  return {
    add(part) {
      const text = typeof part === "string" ? part : decoder.decode(part, { stream: true });
      const lines = (rest + text).split(/\r?\n/);
      rest = lines.pop() ?? "";
      return lines;
    },
    end() {
      rest += decoder.decode();
      return rest === "" ? [] : [rest];
    },
  };
}

/** The lines of a text that comes in parts. */
export async function* linesOf(parts: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const cutter = lineCutter();
  for await (const part of parts) yield* cutter.add(part);
  yield* cutter.end();
}
