import type { Text } from "./text.ts";

/** A file or folder for a container: from the project, or inline. */
export type FileSource =
  /** A path relative to the project's folder. A folder includes its content. */
  | { readonly path: string }
  /** The inline content, which may contain secrets. */
  | { readonly content: Text };
