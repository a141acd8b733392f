import { expect, test } from "@jest/globals";
import * as docker from "@pulumi/docker";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { unknownValue } from "@pulumi/pulumi/runtime/rpc.js";
import { providerInputs } from "../../src/pulumi/provider-inputs.ts";
import { record } from "./docker/recording-monitor.ts";

/** The inputs of a provider as a resource gets them that is made from them. */
async function inputsOf(
  provider: () => pulumi.ProviderResource,
  { preview, names }: { readonly preview: boolean; readonly names: readonly string[] },
): Promise<unknown> {
  const { resources } = await record(
    () => new docker.Volume("made", { name: providerInputs(provider(), names).apply(JSON.stringify) }),
    ({ inputs }) => ({ state: inputs }),
    { preview },
  );
  const name = resources.find((resource) => resource.name === "made")?.inputs.name;
  return typeof name === "string" && name !== unknownValue ? JSON.parse(name) : name;
}

const names = ["host", "context", "certPath"];
const host = "tcp://192.0.2.1:2375";

test.each([true, false])("a preview (%s) knows what a provider leaves out", async (preview) => {
  const provider = () => new docker.Provider("elsewhere", { host });
  expect(await inputsOf(provider, { preview, names })).toEqual({ host });
});

test("an argument that only up finds out stays unknown in a preview", async () => {
  const provider = () => new docker.Provider("elsewhere", { host: new docker.Volume("first").mountpoint });
  expect(await inputsOf(provider, { preview: true, names })).toBe(unknownValue);
});

test("what is read with a secret kubeconfig is no secret", async () => {
  const provider = () => new k8s.Provider("elsewhere", { kubeconfig: pulumi.secret("apiVersion: v1") });
  expect(await inputsOf(provider, { preview: true, names: ["kubeconfig", "context"] })).toEqual({
    kubeconfig: "apiVersion: v1",
  });
});
