import "../../src/pulumi/sdk-start-up.ts";
import { bringUpSandboxes } from "../../src/pulumi/stack-sandboxes.ts";
import { declared } from "./declared.ts";

/** The program of a user of Nestbox. */
export const sandboxes = await bringUpSandboxes(declared);
