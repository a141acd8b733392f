import "./sdk-start-up.ts";
import { bringUpCleanUp } from "./clean-up/stack-clean-up.ts";
import { readDeclarations, readRunners } from "./declarations.ts";
import { bringUp } from "./program.ts";
import { bringUpRunner } from "./runner/stack-runner.ts";

const sandboxes = await bringUp(await readDeclarations());
const runner = await bringUpRunner(readRunners);
const cleanUp = await bringUpCleanUp();

/**
 * What a person needs to connect to the stack's sandboxes, and its GitLab runners and clean-up where its
 * configuration says that it keeps them.
 */
export default {
  sandboxes,
  ...(runner && { runner }),
  ...(cleanUp && { cleanUp }),
};
