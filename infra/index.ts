import { readDeclarations } from "./declarations.ts";
import { bringUp } from "./program.ts";

/** The stack's sandboxes, and what a person needs to connect to them. */
export const sandboxes = await bringUp(await readDeclarations());
