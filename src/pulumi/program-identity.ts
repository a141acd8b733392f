import * as pulumi from "@pulumi/pulumi";
import type { StackIdentity } from "../stacks/stack-identity.ts";
import { fullBackend, stateAddress } from "../stacks/state-backend.ts";

/** The identity of the running program's stack. */
export async function programIdentity(): Promise<StackIdentity> {
  return {
    project: pulumi.getProject(),
    stack: pulumi.getStack(),
    backend: stateAddress(await backendOf(pulumi.getRootDirectory())),
  };
}

/**
 * The backend of the stack. Reads Pulumi.yaml only if the environment names no backend: loading its parser
 * takes longer than loading Nestbox.
 */
async function backendOf(folder: string): Promise<string | undefined> {
  const { PULUMI_BACKEND_URL: url } = process.env;
  if (url) return fullBackend(folder, url);
  return (await import("../stacks/configured-backend.ts")).configuredBackend(folder, process.env);
}
