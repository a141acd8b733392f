import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, beforeEach, expect, test } from "@jest/globals";
import type { CollectionAnswer, ListAnswer } from "../../../src/cli/answers/answers.ts";
import { type Cluster, clusterOf } from "../../../src/kubernetes/api/cluster.ts";
import { readContext } from "../../../src/kubernetes/api/kubeconfig.ts";
import { createObject, readObject } from "../../../src/kubernetes/api/objects.ts";
import { clusterOwnerStore } from "../../../src/kubernetes/owner-store.ts";
import { LABEL } from "../../../src/model/labels.ts";
import { isHeld, leasesIn } from "../../../src/ownership/lease.ts";
import type { OwnerStore } from "../../../src/ownership/owner-store.ts";
import type { Ownership } from "../../../src/ownership/ownership.ts";
import { type UserProject, userProject } from "../../e2e/user-project.ts";
import { eventually } from "../../eventually.ts";
import { kubectlCommand } from "../../kubectl.ts";
import { ownedNamespace } from "../../kubernetes/owned-namespace.ts";

const id = randomBytes(3).toString("hex");
const { KUBECONFIG } = kubectlCommand().env;
/** A Docker engine that a command in a cluster must not ask. */
const NO_ENGINE = { DOCKER_HOST: "tcp://127.0.0.1:1", KUBECONFIG };

let project: UserProject;
let cluster: Cluster;
let place: OwnerStore;
let ownership: Ownership;
/** One for each test: that of the test before takes seconds to go. */
let namespace: string;
let tests = 0;

beforeAll(() => {
  cluster = clusterOf(readContext({ KUBECONFIG }), process.env);
  place = clusterOwnerStore(cluster);
  project = userProject(`verbs-${id}`);
  project.declare('sandbox("shop", { services: { cache: redis() } })');
  project.configure({ target: "kubernetes", sandboxes: ["shop"], timeToLive: "1h" });
  ownership = {
    owner: project.owner,
    project: "nestbox",
    stack: project.stack,
    created: "2026-11-25T10:00:00Z",
    timeToLive: "1h",
  };
});

beforeEach(async () => {
  await removeAll();
  tests += 1;
  namespace = `verbs-${id}-${tests}`;
  await createObject(cluster, ownedNamespace(namespace, ownership));
  const labels = ownedNamespace(namespace, ownership).metadata.labels;
  const metadata = {
    namespace,
    name: "cache",
    labels: { ...labels, [LABEL.kind]: "service", [LABEL.part]: "cache" },
  };
  const container = { name: "service", image: "redis:7-alpine" };
  await createObject(cluster, {
    ...{ apiVersion: "apps/v1", kind: "Deployment", metadata },
    spec: {
      selector: { matchLabels: { [LABEL.part]: "cache" } },
      template: {
        metadata: { labels: metadata.labels },
        spec: { terminationGracePeriodSeconds: 0, containers: [container] },
      },
    },
  });
});

afterAll(async () => {
  await removeAll();
  await project.remove();
});

async function removeAll(): Promise<void> {
  await place.remove(await place.readOwned(project.owner));
}

async function succeed(...words: readonly string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await project.nestbox(words, NO_ENGINE);
  expect({ exitCode, stderr: exitCode === 0 ? "" : stderr }).toEqual({ exitCode: 0, stderr: "" });
  return stdout;
}

test("ls lists the sandbox with its services, and their state", async () => {
  await eventually(
    async () => {
      const { sandboxes: listed } = JSON.parse(await succeed("ls", "--json")) as ListAnswer;
      expect(listed?.filter(({ owner }) => owner === project.owner)).toEqual([
        {
          ...{
            owner: project.owner,
            project: "nestbox",
            stack: project.stack,
            sandbox: "shop",
            component: "shop",
          },
          ...{ created: "2026-11-25T10:00:00Z", timeToLive: "1h", ends: expect.any(String) },
          ...{ target: "kubernetes", context: cluster.context.name, namespace, networks: [], kept: false },
          services: [
            { service: "cache", container: expect.stringMatching(/^cache-/), state: "ready", published: {} },
          ],
        },
      ]);
    },
    { within: "120s" },
  );
  expect(await succeed("ls")).toMatch(new RegExp(`shop .*namespace ${namespace}.*\\n.*cache +ready`));
});

test("extend sets the end, by the cluster's clock", async () => {
  expect(await succeed("extend", "3d")).toBe(`stack ${project.stack} ends in 3 days\n`);
  const [lease, ...others] = leasesIn(await place.readOwned(project.owner));
  expect(others).toEqual([]);
  const now = await place.leases.now();
  expect(lease && isHeld(lease, now + 3 * 86_400_000 - 120_000)).toBe(true);
  expect(lease && isHeld(lease, now + 3 * 86_400_000 + 1000)).toBe(false);
});

test("gc removes a stack past its end by its labels, and what it found is said", async () => {
  await succeed("extend", "1h");
  const before = JSON.parse(await succeed("gc", "--json")) as CollectionAnswer;
  expect(before.found.filter(({ owner }) => owner === project.owner)).toEqual([]);
  await succeed("extend", "1s");
  await eventually(
    async () => {
      const { found } = JSON.parse(await succeed("gc", "--json")) as CollectionAnswer;
      expect(found.filter(({ owner }) => owner === project.owner)).toMatchObject([
        { stack: project.stack, resources: expect.arrayContaining([`namespace ${namespace}`]) },
      ]);
    },
    { within: "30s" },
  );
  const { stdout, stderr } = await project.nestbox(["gc", "--yes", "--stack", project.stack], NO_ENGINE);
  expect(stdout + stderr).toContain(`stack ${project.stack}: removed namespace ${namespace}`);
  expect(await place.readOwned(project.owner)).toEqual([]);
});

test("env prints the addresses inside the cluster, and how to reach them", async () => {
  const { exitCode, stdout, stderr } = await project.nestbox(["env"], NO_ENGINE);
  expect({ exitCode, stdout }).toEqual({
    exitCode: 0,
    stdout: expect.stringContaining(`cache.${namespace}.svc`),
  });
  expect(stderr).toContain("nestbox run SANDBOX -- COMMAND");
});

test("down --wait returns once the namespace is gone, down before", async () => {
  await succeed("down");
  const reference = { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } };
  expect(await readObject(cluster, reference)).toMatchObject({ status: { phase: "Terminating" } });
  await succeed("down", "--wait");
  expect(await readObject(cluster, reference)).toBeUndefined();
});
