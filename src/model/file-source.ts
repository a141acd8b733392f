import type { Text } from "./text.ts";

/** A file or folder for a container: from the project, or inline. */
export type FileSource =
  | {
      /** A path relative to the project's folder. A folder includes its content. */
      readonly path: string;
      /**
       * `"read-write"`: the container has the folder of this machine itself, so that a server reloads what is
       * edited, and what it writes is in the project. For an engine that has this machine's files; others get
       * a copy, or refuse it: see docs/write-a-sandbox.md.
       * @default a copy, read-only
       */
      readonly mount?: "read-write";
    }
  /** The inline content, which may contain secrets. */
  | { readonly content: Text };

/** A folder of the project that a container has read-write. */
interface MountedSource {
  readonly path: string;
  readonly mount: "read-write";
}

/** Whether a source is a folder of the project that the container itself has, instead of a copy. */
export function isMounted(source: object): source is MountedSource {
  return "mount" in source && source.mount !== undefined;
}
