import "../../src/pulumi/sdk-start-up.ts";
import { bringUpSandboxes } from "../../src/pulumi/stack-sandboxes.ts";
import { declared } from "./declared.ts";

/** The program as Nestbox's users have it. */
export const sandboxes = await bringUpSandboxes(declared);
