import { bringUpCleanUp } from "./clean-up/stack-clean-up.ts";
import { readDeclarations, readRunners } from "./declarations.ts";
import { bringUp } from "./program.ts";
import { bringUpRunner } from "./runner/stack-runner.ts";

/** The stack's sandboxes, and what a person needs to connect to them. */
export const sandboxes = await bringUp(await readDeclarations());

/** The stack's GitLab runners, where its configuration says that it keeps them. */
export const runner = await bringUpRunner(readRunners);

/** The stack's clean-up of its engine, where its configuration says that it keeps one. */
export const cleanUp = bringUpCleanUp();
