import type { DockerEngine } from "../docker-engine.ts";
import type { InspectedContainer } from "./container-api.ts";

/** The output of a container, both streams in the order of their writing; its last `tail` lines when given. */
export async function containerLogs(
  engine: DockerEngine,
  container: InspectedContainer,
  tail?: number,
): Promise<string> {
  const stream = await engine.stream({
    method: "GET",
    path: `/containers/${container.Id}/logs`,
    query: { stdout: true, stderr: true, tail: tail ?? "all" },
  });
  const bytes = await readAll(stream);
  return (container.Config.Tty === true ? bytes : withoutFrames(bytes)).toString("utf8");
}

/** Everything that a stream delivers until it ends. */
export async function readAll(stream: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/**
 * What was written, without the headers that say to which stream.
 * Source: Docker Engine API, "Stream format" of ContainerAttach: 8 bytes, the last four the length of what follows.
 */
export function withoutFrames(bytes: Buffer): Buffer {
  const payloads: Buffer[] = [];
  let at = 0;
  while (at + 8 <= bytes.length) {
    const length = bytes.readUInt32BE(at + 4);
    payloads.push(bytes.subarray(at + 8, at + 8 + length));
    at += 8 + length;
  }
  return Buffer.concat(payloads);
}
