import type { Origin } from "./compose-tree.ts";

/** What an import does not carry over as written, and what to do about it. */
export interface ImportNote {
  readonly file: string;
  readonly line: number;
  /** The property in the compose file: `services.api.restart`. */
  readonly path: string;
  readonly message: string;
}

/** Takes a note down. */
export type TakeNote = (origin: Origin, path: string, message: string) => void;
