import type { TakeNote } from "./import-note.ts";

/** What the written module needs beside its sandbox, collected while the sandbox is written. */
export interface ModuleDraft {
  /** The project's folder. */
  readonly project: string;
  readonly takeNote: TakeNote;
  /** The names that it imports from `nestbox`, and from its catalog. */
  readonly imports: { readonly nestbox: Set<string>; readonly catalog: Set<string> };
  /** The functions of its own that it calls. */
  readonly functions: Set<"env" | "required" | "variablesOf">;
  /** The volumes of the sandbox. */
  readonly volumes: Set<string>;
}
