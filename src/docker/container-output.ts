import type { Readable } from "node:stream";
import { callDocker } from "./api.ts";
import type { DockerHost } from "./host.ts";

/** The number of output lines in an error. */
const LAST_LINES = 20;

/** A container, and whether it has a terminal. */
export interface OutputSource {
  readonly engine: DockerHost;
  readonly container: string;
  readonly terminal: boolean;
  readonly signal?: AbortSignal;
}

/** The output lines of a container from its start on. Ends with the container, or by the signal. */
export async function* followOutput({
  engine,
  container,
  terminal,
  signal,
}: OutputSource): AsyncGenerator<string> {
  const path = `/containers/${container}/logs?follow=1&stdout=1&stderr=1`;
  yield* linesOf(await callDocker(engine, { method: "GET", path, signal }), terminal);
}

/** The last output lines of a container. */
export async function lastOutput({ engine, container, terminal }: OutputSource): Promise<readonly string[]> {
  const path = `/containers/${container}/logs?stdout=1&stderr=1&tail=${LAST_LINES}`;
  const lines: string[] = [];
  for await (const line of linesOf(await callDocker(engine, { method: "GET", path }), terminal))
    lines.push(line);
  return lines;
}

/**
 * Splits output into lines. Without a terminal Docker sends frames: eight bytes of header, then a payload.
 * https://docs.docker.com/reference/api/engine/version/v1.45/#tag/Container/operation/ContainerAttach
 */
async function* linesOf(stream: Readable, terminal: boolean): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let pending = Buffer.alloc(0);
  let text = "";
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    if (terminal) text += decoder.decode(chunk, { stream: true });
    else {
      pending = Buffer.concat([pending, chunk]);
      while (pending.length >= 8 && pending.length >= 8 + pending.readUInt32BE(4)) {
        const end = 8 + pending.readUInt32BE(4);
        text += decoder.decode(pending.subarray(8, end), { stream: true });
        pending = pending.subarray(end);
      }
    }
    const lines = text.split(/\r?\n/);
    text = lines.pop() ?? "";
    yield* lines;
  }
  if (text !== "") yield text;
}
