import { Writable } from "node:stream";

/** A stream that gives each line of what is written to it to a function. */
export function lineStream(onLine: (line: string) => void): Writable {
  let rest = "";
  return new Writable({
    write(part: Buffer, _encoding, done) {
      const lines = (rest + part.toString()).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) onLine(line);
      done();
    },
    final(done) {
      if (rest !== "") onLine(rest);
      done();
    },
  });
}
