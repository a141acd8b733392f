import { Writable } from "node:stream";

/** A stream that gives each line to a function at once. What is written may end within a character. */
export function lineStream(onLine: (line: string) => void): Writable {
  const decoder = new TextDecoder();
  let rest = "";
  return new Writable({
    write(part: Buffer, _encoding, done) {
      const lines = (rest + decoder.decode(part, { stream: true })).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) onLine(line);
      done();
    },
    final(done) {
      rest += decoder.decode();
      if (rest !== "") onLine(rest);
      done();
    },
  });
}
