import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { createObject, deleteObject } from "../../../src/kubernetes/api/objects.ts";
import { clusterOwnerStore } from "../../../src/kubernetes/owner-store.ts";
import { LABEL } from "../../../src/model/labels.ts";
import { leaseLabels } from "../../../src/ownership/lease.ts";
import { projectImageInCluster } from "../../container/project-image-in-cluster.ts";
import { eventually } from "../../eventually.ts";
import { kubectl, tryKubectl } from "../../kubectl.ts";
import { testCluster } from "../../kubernetes/created-namespace.ts";
import { ownedNamespace } from "../../kubernetes/owned-namespace.ts";
import { nestbox } from "../../run-nestbox.cjs";

const NAMESPACE = "nestbox-clean-up";
const id = randomBytes(3).toString("hex");

const store = clusterOwnerStore(testCluster());

/** A sandbox of a stack that ends in this many milliseconds. */
async function sandboxThatEnds(name: string, afterMilliseconds: number) {
  const ownership = {
    owner: `${name}/dev/000000`,
    project: name,
    stack: "dev",
    created: "2026-11-25T10:00:00Z",
    timeToLive: "1h",
  } as const;
  await createObject(testCluster(), ownedNamespace(name, ownership));
  const now = await store.leases.now();
  const labels = {
    ...{ [LABEL.owner]: ownership.owner, [LABEL.project]: name },
    ...{ [LABEL.stack]: "dev", [LABEL.kind]: "lease" },
  };
  const ends = now + afterMilliseconds;
  await store.leases.create(leaseLabels({ labels, covers: "stack", expires: ends, now }));
  return { ...ownership, ends };
}

const created: Awaited<ReturnType<typeof sandboxThatEnds>>[] = [];
let image: string;

beforeAll(async () => {
  image = await projectImageInCluster();
  created.push(await sandboxThatEnds(`expired-${id}`, 1000), await sandboxThatEnds(`lives-${id}`, 3_600_000));
}, 600_000);

afterAll(async () => {
  for (const { owner } of created) await store.remove(await store.readOwned(owner));
  tryKubectl(["delete", "clusterrole,clusterrolebinding", NAMESPACE, "--ignore-not-found"]);
  await deleteObject(testCluster(), { apiVersion: "v1", kind: "Namespace", metadata: { name: NAMESPACE } });
});

test("the printed CronJob removes what has expired, with the rights of its account alone", async () => {
  const manifest = nestbox("cluster", "clean-up", "--image", image, "--every", "30m");
  const applied = tryKubectl(["apply", "--filename", "-"], manifest);
  expect(applied).toMatchObject({ status: 0 });
  const [expired, lives] = created.map(({ project }) => project);
  const inCleanUp = (...words: readonly string[]) => kubectl("--namespace", NAMESPACE, ...words);
  await eventually(async () => expect(await store.leases.now()).toBeGreaterThan(created[0]?.ends ?? 0), {
    within: "1m",
  });
  inCleanUp("create", "job", "--from", "cronjob/nestbox-clean-up", "by-hand");
  await eventually(
    () =>
      expect(inCleanUp("get", "job", "by-hand", "--output", "jsonpath={.status.conditions[*].type}")).toMatch(
        /Complete|Failed/,
      ),
    { within: "3m" },
  );
  const log = inCleanUp("logs", "job/by-hand");
  expect(log).toContain(`namespace ${expired}`);
  expect(log).not.toContain(lives);
  expect(inCleanUp("get", "job", "by-hand", "--output", "jsonpath={.status.succeeded}")).toBe("1");
  await eventually(() => expect(tryKubectl(["get", "namespace", String(expired)]).status).not.toBe(0), {
    within: "1m",
  });
  kubectl("get", "namespace", String(lives));
}, 600_000);
