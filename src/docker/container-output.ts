import type { Readable } from "node:stream";
import { callDocker } from "./api.ts";
import type { DockerHost } from "./host.ts";
import { outputFrames } from "./output-frames.ts";

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

export async function lastOutput({ engine, container, terminal }: OutputSource): Promise<readonly string[]> {
  const path = `/containers/${container}/logs?stdout=1&stderr=1&tail=${LAST_LINES}`;
  const lines: string[] = [];
  for await (const line of linesOf(await callDocker(engine, { method: "GET", path }), terminal))
    lines.push(line);
  return lines;
}

async function* linesOf(answer: Readable, terminal: boolean): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const { data } of outputFrames(answer, terminal)) {
    text += decoder.decode(data, { stream: true });
    const lines = text.split(/\r?\n/);
    text = lines.pop() ?? "";
    yield* lines;
  }
  if (text !== "") yield text;
}
