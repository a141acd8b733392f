import "../../infra/sdk-start-up.ts";
import { bringUp } from "../../infra/program.ts";
import { declared } from "./declared.ts";

/** The program as Nestbox's users have it. */
export const sandboxes = await bringUp(declared);
