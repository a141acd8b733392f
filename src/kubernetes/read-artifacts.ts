import { posix } from "node:path";
import { PassThrough, Readable } from "node:stream";
import type { Cluster } from "./api/cluster.ts";
import type { PodContainerReference } from "./api/container-log.ts";
import { execInPod } from "./api/exec-in-pod.ts";

/** The working folder of a job in a container that still runs, and how its files are read. */
export interface ArtifactSource {
  readonly cluster: Cluster;
  readonly container: PodContainerReference;
  readonly folder: string;
  readonly signal: AbortSignal;
  /** Receives what tar could not read. */
  readonly warn: (message: string) => void;
}

/**
 * A file or folder of a job's working folder as a tar archive; undefined if it does not exist. The first part
 * of each name in it stands for the path.
 */
export async function readArtifacts(source: ArtifactSource, path: string): Promise<Readable | undefined> {
  const file = posix.join(source.folder, path);
  return (await exists(source, file)) ? Readable.from(archiveOf(source, file)) : undefined;
}

/** Ends the command when its reader has enough. */
async function* archiveOf(
  { cluster, container, signal, warn }: ArtifactSource,
  file: string,
): AsyncGenerator<Buffer> {
  const [archive, errors] = [new PassThrough(), new PassThrough()];
  const closed = new AbortController();
  const lastLines = keepLastLines(errors);
  const words = ["tar", "-cf", "-", "-C", posix.dirname(file), "--", posix.basename(file)];
  const command = {
    words,
    stdout: archive,
    stderr: errors,
    signal: AbortSignal.any([signal, closed.signal]),
  };
  execInPod(cluster, container, command).then(
    (exitCode) => {
      if (exitCode !== 0) warn(`artifacts in ${file}: not all were copied: ${lastLines()}`);
      archive.end();
    },
    (error: Error) => archive.destroy(error),
  );
  try {
    for await (const part of archive) yield part as Buffer;
  } finally {
    closed.abort();
  }
}

/** A link counts, as the archive has the link itself. */
async function exists({ cluster, container, signal }: ArtifactSource, file: string): Promise<boolean> {
  const words = ["sh", "-c", '[ -e "$0" ] || [ -L "$0" ]', file];
  return (await execInPod(cluster, container, { words, signal })) === 0;
}

/** Reads an output to its end. Returns a function that gives its last kilobyte. */
function keepLastLines(output: Readable): () => string {
  let text = "";
  output.on("data", (part: Buffer) => {
    text = `${text}${part}`.slice(-1024);
  });
  return () => text.trim();
}
