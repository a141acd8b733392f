import { Writable } from "node:stream";
import { lineCutter } from "../machine/lines.ts";

/** A stream that gives each line to a function at once. */
export function lineStream(onLine: (line: string) => void): Writable {
  const cutter = lineCutter();
  return new Writable({
    write(part: Buffer, _encoding, done) {
      for (const line of cutter.add(part)) onLine(line);
      done();
    },
    final(done) {
      for (const line of cutter.end()) onLine(line);
      done();
    },
  });
}
