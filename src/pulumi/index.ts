import "./sdk-start-up.ts";

export { bringUp, type Declarations, type StackOutputs } from "./bring-up.ts";
