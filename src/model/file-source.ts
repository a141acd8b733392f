import type { Text } from "./text.ts";

/** A file or folder for a container: from the project, or written out here. */
export type FileSource =
  /** A path, relative to the project's folder. A folder comes with all that it holds. */
  | { readonly path: string }
  /** The content itself. It may hold secrets. */
  | { readonly content: Text };
