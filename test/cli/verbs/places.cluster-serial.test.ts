import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { commandDocker } from "../../../src/docker/api.ts";
import { ownerStoreOn } from "../../../src/docker/owner-store.ts";
import { type Cluster, clusterOf } from "../../../src/kubernetes/api/cluster.ts";
import { readContext } from "../../../src/kubernetes/api/kubeconfig.ts";
import { createObject } from "../../../src/kubernetes/api/objects.ts";
import { clusterOwnerStore } from "../../../src/kubernetes/owner-store.ts";
import { LABEL } from "../../../src/model/labels.ts";
import { leaseLabels } from "../../../src/ownership/lease.ts";
import type { OwnerStore } from "../../../src/ownership/owner-store.ts";
import { type NestedEngine, nestedEngine } from "../../e2e/nested-engine.ts";
import { type UserProject, userProject } from "../../e2e/user-project.ts";
import { eventually } from "../../eventually.ts";
import { kubectlCommand } from "../../kubectl.ts";
import { ownedNamespace } from "../../kubernetes/owned-namespace.ts";

const id = randomBytes(3).toString("hex");
const name = `places-${id}`;
const { KUBECONFIG } = kubectlCommand().env;
const ownership = {
  owner: `${name}/dev/000000`,
  project: name,
  stack: "dev",
  created: "2026-11-25T10:00:00Z",
  timeToLive: "1h",
} as const;

/** An engine of its own: `gc --yes` removes the expired stacks of all owners. */
let engine: NestedEngine;
let cluster: Cluster;
let project: UserProject;
let places: readonly OwnerStore[];

beforeAll(async () => {
  cluster = clusterOf(readContext({ KUBECONFIG }), process.env);
  engine = await nestedEngine([]);
  places = [ownerStoreOn(engine.host), clusterOwnerStore(cluster)];
  project = userProject(name);
  project.configure({ sandboxes: [] });
  const settings = { target: "kubernetes", kubernetes: { context: cluster.context.name } };
  project.write("Pulumi.qa.yaml", "config: { nestbox:target: kubernetes }\n");
  project.write(
    "Pulumi.staging.yaml",
    JSON.stringify({
      config: { "nestbox:target": settings.target, "nestbox:kubernetes": settings.kubernetes },
    }),
  );
  const labels = {
    [LABEL.owner]: ownership.owner,
    [LABEL.project]: name,
    [LABEL.stack]: "dev",
    [LABEL.sandbox]: "shop",
    [LABEL.kind]: "network",
  };
  const body = { Name: name, Labels: labels };
  await commandDocker(engine.host, { method: "POST", path: "/networks/create", body });
  await createObject(cluster, ownedNamespace(name, ownership));
});

afterAll(async () => {
  const [, place] = places ?? [];
  await place?.remove(await place.readOwned(ownership.owner));
  await project?.remove();
  await engine?.remove();
});

async function json(...words: readonly string[]): Promise<readonly object[]> {
  const environment = { DOCKER_HOST: engine.host.host, KUBECONFIG };
  const { exitCode, stdout, stderr } = await project.nestboxEverywhere(words, environment);
  if (exitCode !== 0) throw new Error(stderr);
  const { sandboxes, found }: Readonly<Record<string, readonly { readonly owner: string }[]>> =
    JSON.parse(stdout);
  return [...(sandboxes ?? []), ...(found ?? [])].filter(({ owner }) => owner === ownership.owner);
}

test("ls lists the sandboxes of the engine and of the cluster, each place once", async () => {
  const { context } = cluster;
  expect(await json("ls", "--json")).toMatchObject([
    { target: "docker", sandbox: "shop", networks: [{ name }] },
    { target: "kubernetes", context: context.name, sandbox: "shop", namespace: name },
  ]);
  expect(await json("ls", "--json", "--target", "kubernetes")).toHaveLength(1);
  const environment = { DOCKER_HOST: engine.host.host, KUBECONFIG };
  const { stdout } = await project.nestboxEverywhere(["ls"], environment);
  expect(stdout).toMatch(/^shop .*, engine, /m);
  expect(stdout).toContain(`, cluster ${context.name}, namespace ${name}, `);
});

test("gc finds and removes the expired stacks of both", async () => {
  for (const { leases } of places) {
    const now = await leases.now();
    await leases.create(
      leaseLabels({
        labels: {
          [LABEL.owner]: ownership.owner,
          [LABEL.project]: name,
          [LABEL.stack]: "dev",
          [LABEL.kind]: "lease",
        },
        covers: "stack",
        ...{ expires: now + 1000, now },
      }),
    );
  }
  await eventually(
    async () =>
      expect(await json("gc", "--json")).toMatchObject([
        { target: "docker", resources: expect.arrayContaining([`network ${name}`]) },
        { target: "kubernetes", resources: expect.arrayContaining([`namespace ${name}`]) },
      ]),
    { within: "60s" },
  );
  await json("gc", "--yes", "--json");
  for (const place of places) expect(await place.readOwned(ownership.owner)).toEqual([]);
});
