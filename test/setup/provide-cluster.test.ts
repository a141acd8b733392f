import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { ownVersion } from "../../src/machine/installed-packages.ts";
import { clusterEnvironment } from "../../src/setup/provide-cluster.ts";

const DOCKER_HOST = "unix:///no/engine.sock";
const OWN = { KUBECONFIG: "/cache/kubeconfig", NESTBOX_CLUSTER_REGISTRY_MIRROR: "http://10.0.0.1:5000" };

let project: string;

beforeEach(() => {
  project = mkdtempSync(join(tmpdir(), "nestbox-test-"));
});

afterEach(() => rmSync(project, { recursive: true }));

/** A double of nestbox-airgap whose cluster runs on the engine of these tests alone. */
function installAirgap(): void {
  const folder = join(project, "node_modules/nestbox-airgap");
  mkdirSync(folder, { recursive: true });
  const manifest = { version: ownVersion(), exports: "./index.cjs" };
  writeFileSync(join(folder, "package.json"), JSON.stringify(manifest));
  const cluster = {
    version: "1.34.0",
    kubeconfig: OWN.KUBECONFIG,
    mirror: OWN.NESTBOX_CLUSTER_REGISTRY_MIRROR,
  };
  writeFileSync(
    join(folder, "index.cjs"),
    `exports.runningCluster = async ({ cache, docker }) => {
      if (docker.host !== "${DOCKER_HOST}") throw new Error("no engine");
      return cache === "/cache" ? ${JSON.stringify(cluster)} : undefined;
    };`,
  );
}

const variables = (environment: Readonly<Record<string, string>>) =>
  clusterEnvironment(project, { NESTBOX_CACHE: "/cache", DOCKER_HOST, ...environment });

test("programs find the running cluster of nestbox-airgap, and its mirror", async () => {
  installAirgap();
  expect(await variables({})).toEqual(OWN);
  expect(await variables({ KUBECONFIG: "" })).toEqual(OWN);
  expect(await variables({ KUBECONFIG: OWN.KUBECONFIG })).toEqual(OWN);
});

test("another cluster of the user stays, and another mirror", async () => {
  installAirgap();
  expect(await variables({ KUBECONFIG: "/home/me/.kube/config" })).toEqual({});
  const mirror = { NESTBOX_CLUSTER_REGISTRY_MIRROR: "http://mirror.example" };
  expect(await variables(mirror)).toEqual({ KUBECONFIG: OWN.KUBECONFIG, ...mirror });
});

test("without a running cluster or its engine there is nothing to find", async () => {
  installAirgap();
  expect(await variables({ NESTBOX_CACHE: "/other" })).toEqual({});
  expect(await variables({ DOCKER_HOST: "unix:///gone.sock" })).toEqual({});
});
