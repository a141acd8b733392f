import type { Readable } from "node:stream";

/** The address of a Docker engine. */
export interface DockerHost {
  /** As in DOCKER_HOST. */
  readonly host: string;
  /** The origin of the address, for messages. */
  readonly origin: string;
  /** The folder of ca.pem, cert.pem and key.pem, for TLS. */
  readonly certificates?: string;
  /** Whether the user named this engine. */
  readonly isChosen: boolean;
}

/** A request to the Engine API. */
export interface DockerCall {
  readonly method: "GET" | "POST";
  /** From `/` on, with its query. */
  readonly path: string;
  /** A stream, or data that is sent as JSON. */
  readonly body?: Readable | object;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
}

export interface ChildRequest {
  readonly command: string;
  readonly args: readonly string[];
  readonly folder?: string;
  readonly environment?: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal | undefined;
  /** A file that receives the child's output. */
  readonly log?: string;
  readonly onLine?: (line: string) => void;
}

/** The functions that the caller provides: this package does not import Nestbox. */
export interface Dependencies {
  /**
   * Runs a program to its end and returns its stdout.
   * @throws an error with the program's `lastLines`
   */
  readonly runChild: (request: ChildRequest) => Promise<string>;
  /** Waits for a lock of this machine and returns the function that releases it. */
  readonly acquireLock: (name: string, onWait?: (holder: number) => void) => Promise<() => Promise<void>>;
  /** The process whose line of /proc/PID/stat is in a file, if it still runs. */
  readonly recordedProcess: (file: string) => { readonly pid: number } | undefined;
  readonly callDocker: (docker: DockerHost, call: DockerCall) => Promise<Readable>;
  readonly askDocker: (docker: DockerHost, path: string) => Promise<unknown>;
  /** The messages of a build or an import, one JSON object a line. */
  readonly readMessages: (answer: Readable) => AsyncIterable<Readonly<Record<string, unknown>>>;
  /** The version of an engine that answers within the limit, in milliseconds. */
  readonly engineVersion: (docker: DockerHost, timeout: number) => Promise<string | undefined>;
  readonly inspectImage: (
    docker: DockerHost,
    image: string,
  ) => Promise<{ readonly id: string; readonly labels: Readonly<Record<string, string>> } | undefined>;
  /** The content of a file in a container; undefined if the file does not exist. */
  readonly readContainerFile: (
    docker: DockerHost,
    container: string,
    file: string,
  ) => Promise<string | undefined>;
  /** Removes a container with its anonymous volumes. False if there is none. */
  readonly removeContainer: (docker: DockerHost, container: string) => Promise<boolean>;
  readonly removeImageName: (docker: DockerHost, image: string) => Promise<void>;
  /** Images as `GET /images/get` answers them: a tar stream. */
  readonly saveImages: (
    docker: DockerHost,
    images: readonly string[],
    signal?: AbortSignal,
  ) => Promise<Readable>;
}

/** The inputs of a long-running function. */
export interface Task {
  readonly dependencies: Dependencies;
  /** The cache folder. */
  readonly cache: string;
  readonly signal?: AbortSignal | undefined;
  /** Receives the current step, for a progress display. */
  readonly onDetail: (text: string) => void;
}
