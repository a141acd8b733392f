import "./sdk-start-up.cjs";

export { bringUp, type Declarations, type StackOutputs } from "./bring-up.ts";
