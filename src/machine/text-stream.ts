import { Writable } from "node:stream";

/** A stream whose text goes on to a function. */
export function textStream(write: (text: string) => unknown): Writable {
  const decoder = new TextDecoder();
  return new Writable({
    write(chunk: Uint8Array, _, done) {
      write(decoder.decode(chunk, { stream: true }));
      done();
    },
  });
}
