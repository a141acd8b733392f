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
 * A file or folder of a job's working folder as a tar archive. Undefined if it does not exist there, also
 * behind a link that leads out of the folder. The first part of each name in it stands for the path.
 */
export async function readArtifacts(source: ArtifactSource, path: string): Promise<Readable | undefined> {
  const { cluster, container, signal } = source;
  const file = posix.join(source.folder, path);
  const isWhole = posix.relative(source.folder, file) === "";
  const folder = isWhole ? file : posix.dirname(file);
  const name = isWhole ? "." : posix.basename(file);
  const words = ["sh", "-c", EXISTS, folder, name, source.folder];
  const exists = (await execInPod(cluster, container, { words, signal })) === 0;
  return exists ? Readable.from(archiveOf(source, folder, name)) : undefined;
}

/** A path that is a link itself exists: its archive has the link. */
const EXISTS = [
  'top=$(cd -- "$2" && pwd -P) && cd -- "$0" || exit 1',
  'case "$(pwd -P)/" in "$top"/*) ;; *) exit 1 ;; esac',
  '[ -e "./$1" ] || [ -L "./$1" ]',
].join("\n");

/** Ends the command when its reader has enough. */
async function* archiveOf(
  { cluster, container, signal, warn }: ArtifactSource,
  folder: string,
  name: string,
): AsyncGenerator<Buffer> {
  const [archive, errors] = [new PassThrough(), new PassThrough()];
  const closed = new AbortController();
  const lastLines = keepLastLines(errors);
  const words = ["tar", "-cf", "-", "-C", folder, "--", name];
  const command = {
    words,
    stdout: archive,
    stderr: errors,
    signal: AbortSignal.any([signal, closed.signal]),
  };
  execInPod(cluster, container, command).then(
    (exitCode) => {
      if (exitCode !== 0) warn(`not all artifacts were copied: ${lastLines()}`);
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

/** Reads an output to its end. Returns a function that gives its last kilobyte. */
function keepLastLines(output: Readable): () => string {
  let text = "";
  output.on("data", (part: Buffer) => {
    text = `${text}${part}`.slice(-1024);
  });
  return () => text.trim();
}
