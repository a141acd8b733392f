import * as pulumi from "@pulumi/pulumi";
import { configuredBackend } from "../stacks/configured-backend.ts";
import type { StackIdentity } from "../stacks/stack-identity.ts";
import { stateAddress } from "../stacks/state-backend.ts";

export function programIdentity(): StackIdentity {
  return {
    project: pulumi.getProject(),
    stack: pulumi.getStack(),
    backend: stateAddress(configuredBackend(pulumi.getRootDirectory(), process.env)),
  };
}
