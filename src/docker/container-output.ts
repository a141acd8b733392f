import type { Readable } from "node:stream";
import { linesOf } from "../machine/lines.ts";

/** A part of a container's output. It may end within a line. */
export interface OutputFrame {
  readonly isError: boolean;
  readonly data: Buffer;
}

/**
 * The frames of a container's output. Without a terminal Docker sends eight bytes of header before each
 * payload.
 * https://docs.docker.com/reference/api/engine/version/v1.45/#tag/Container/operation/ContainerAttach
 */
export async function* outputFrames(answer: Readable): AsyncGenerator<OutputFrame> {
  let pending = Buffer.alloc(0);
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    pending = Buffer.concat([pending, chunk]);
    while (pending.length >= 8 && pending.length >= 8 + pending.readUInt32BE(4)) {
      const end = 8 + pending.readUInt32BE(4);
      yield { isError: pending[0] === 2, data: pending.subarray(8, end) };
      pending = pending.subarray(end);
    }
  }
}

/** The frames of an output with a terminal: it has one stream, as it is. */
export async function* plainFrames(output: Readable): AsyncGenerator<OutputFrame> {
  for await (const data of output as AsyncIterable<Buffer>) yield { isError: false, data };
}

/** The lines of a container's output. With a terminal it has no frames. */
export function outputLines(answer: Readable, hasTerminal: boolean): AsyncGenerator<string> {
  return linesOf(hasTerminal ? answer : payloads(answer));
}

async function* payloads(answer: Readable): AsyncGenerator<Buffer> {
  for await (const { data } of outputFrames(answer)) yield data;
}
