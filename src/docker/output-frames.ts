import type { Readable } from "node:stream";

/** A piece of a container's output. */
export interface OutputFrame {
  readonly stream: "stdout" | "stderr";
  readonly data: Buffer;
}

/**
 * The frames of a container's output. Without a terminal Docker sends eight bytes of header before each
 * payload.
 * https://docs.docker.com/reference/api/engine/version/v1.45/#tag/Container/operation/ContainerAttach
 */
export async function* outputFrames(answer: Readable, terminal = false): AsyncGenerator<OutputFrame> {
  let pending = Buffer.alloc(0);
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    if (terminal) {
      yield { stream: "stdout", data: chunk };
      continue;
    }
    pending = Buffer.concat([pending, chunk]);
    while (pending.length >= 8 && pending.length >= 8 + pending.readUInt32BE(4)) {
      const end = 8 + pending.readUInt32BE(4);
      yield { stream: pending[0] === 2 ? "stderr" : "stdout", data: pending.subarray(8, end) };
      pending = pending.subarray(end);
    }
  }
}
