import type { Readable } from "node:stream";
import { linesOf } from "../machine/lines.ts";
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
  yield* outputLines(await callDocker(engine, { method: "GET", path, signal }), terminal);
}

export async function lastOutput({ engine, container, terminal }: OutputSource): Promise<readonly string[]> {
  const path = `/containers/${container}/logs?stdout=1&stderr=1&tail=${LAST_LINES}`;
  const lines: string[] = [];
  for await (const line of outputLines(await callDocker(engine, { method: "GET", path }), terminal))
    lines.push(line);
  return lines;
}

function outputLines(answer: Readable, terminal: boolean): AsyncGenerator<string> {
  return linesOf(outputParts(answer, terminal));
}

async function* outputParts(answer: Readable, terminal: boolean): AsyncGenerator<Buffer> {
  for await (const { data } of outputFrames(answer, terminal)) yield data;
}
