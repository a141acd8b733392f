import path from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { Cluster } from "../../../src/kubernetes/api/cluster.ts";
import { clusterOwnerStore } from "../../../src/kubernetes/owner-store.ts";
import { removeAbandoned } from "../../../src/ownership/abandoned-sandboxes.ts";
import type { UserProject } from "../../e2e/user-project.ts";
import { eventually } from "../../eventually.ts";
import { proxiedCluster } from "../../kubernetes/cluster-proxy.ts";
import { testCluster } from "../../kubernetes/created-namespace.ts";
import { type LimitedAccount, limitedAccount } from "../../kubernetes/limited-account.ts";
import {
  CACHE,
  clusterWithoutEngine,
  leftOfRuns,
  namespacesOfRuns,
  projectWithoutStack,
  RUN,
  removeRuns,
} from "./runs-in-cluster.ts";

const SEED = Number(process.env.NESTBOX_SEED ?? 1 + Math.floor(Math.random() * 1e6));
const KILLS = Number(process.env.NESTBOX_KILLS ?? "6");

let project: UserProject;
let cluster: Cluster;
let account: LimitedAccount;
let environment: Readonly<Record<string, string>>;

beforeAll(async () => {
  cluster = testCluster();
  account = await limitedAccount();
  environment = clusterWithoutEngine();
  project = projectWithoutStack("abandoned-runs");
  project.declare(CACHE);
});

afterAll(async () => {
  account.remove();
  await removeRuns(cluster, project);
});

test("a killed run is removed by the next command", async () => {
  const command = project.start([...RUN, "cache", "slow"], environment);
  await command.printed(/^job runs$/m);
  command.process.kill("SIGKILL");
  await command.ended;
  const { stderr } = await project.nestbox([...RUN, "cache", "ping"], environment);
  expect(stderr).toMatch(/✓ removed namespace cache-\w+, left by a killed command/);
  expect(await namespacesOfRuns(cluster, project)).toEqual([]);
});

test("killed at random moments, runs leave nothing once their leases are over", async () => {
  process.stderr.write(`NESTBOX_SEED=${SEED}\n`);
  const ping = [...RUN, "cache", "ping"];
  const started = performance.now();
  await project.nestbox(ping, environment);
  const whole = performance.now() - started;
  let random = SEED;
  for (let kill = 0; kill < KILLS; kill++) {
    random = (random * 48271) % 2147483647;
    const command = project.start(ping, environment);
    const limit = AbortSignal.timeout(Math.round((random / 2147483647) * whole));
    limit.addEventListener("abort", () => command.process.kill("SIGKILL"), { once: true });
    await command.ended;
  }
  await eventually(
    async () => {
      await removeAbandoned(clusterOwnerStore(cluster));
      expect(await leftOfRuns(cluster, project)).toEqual([]);
    },
    { within: "1m" },
  );
});

test("an API server that stops during a job is told at once", async () => {
  account.allow({ apiGroups: ["*"], resources: ["*"], verbs: ["*"] });
  const proxy = await proxiedCluster(cluster);
  const direct = account.kubeconfig();
  project.write("proxied.json", direct.replace(cluster.context.server, proxy.cluster.context.server));
  const command = project.start([...RUN, "cache", "slow"], {
    ...environment,
    KUBECONFIG: path.join(project.folder, "proxied.json"),
  });
  await command.printed(/^job runs$/m);
  proxy.stop();
  const { exitCode, stderr } = await command.ended;
  expect(exitCode).toBe(2);
  expect(stderr).toMatch(/^error Kubernetes context "\S+": \S+ does not answer \(.*; start the cluster/m);
  expect(await namespacesOfRuns(cluster, project)).toHaveLength(1);
  await removeAbandoned(clusterOwnerStore(cluster));
  expect(await namespacesOfRuns(cluster, project)).toEqual([]);
});
