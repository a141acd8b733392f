import * as pulumi from "@pulumi/pulumi";
import type { StackIdentity } from "../stacks/stack-identity.ts";
import { configuredBackend, stateAddress } from "../stacks/state-backend.ts";

export function programIdentity(): StackIdentity {
  return {
    project: pulumi.getProject(),
    stack: pulumi.getStack(),
    backend: stateAddress(configuredBackend(pulumi.getRootDirectory(), process.env)),
  };
}
