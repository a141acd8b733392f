import { randomBytes } from "node:crypto";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { Pod } from "kubernetes-types/core/v1.js";
import { type Cluster, clusterOf } from "../../src/kubernetes/api/cluster.ts";
import { readContext } from "../../src/kubernetes/api/kubeconfig.ts";
import { listObjects } from "../../src/kubernetes/api/objects.ts";
import { clusterOwnerStore } from "../../src/kubernetes/owner-store.ts";
import type { OwnerStore } from "../../src/ownership/owner-store.ts";
import { eventually } from "../eventually.ts";
import { kubectlCommand } from "../kubectl.ts";
import { type ProxiedCluster, proxiedCluster } from "../kubernetes/cluster-proxy.ts";
import { kubeconfigText } from "../kubernetes/kubeconfig-text.ts";
import { limitedAccount } from "../kubernetes/limited-account.ts";
import { type CommandEnd, type UserProject, userProject } from "./user-project.ts";

const { KUBECONFIG } = kubectlCommand().env;
const id = randomBytes(3).toString("hex");

let project: UserProject;
let cluster: Cluster;
let place: OwnerStore;

beforeAll(() => {
  cluster = clusterOf(readContext({ KUBECONFIG }), process.env);
  place = clusterOwnerStore(cluster);
  project = userProject(`cluster-faults-${id}`);
  project.declare(`sandbox("shop", {
    services: {
      cache: redis(),
      slow: {
        image: "redis:7-alpine",
        command: ["sh", "-c", "sleep 5; echo is open; exec sleep 600"],
        entrypoint: [],
        probe: log("is open"),
        stop: { grace: "1s" },
      },
    },
    jobs: { ping: { image: "redis:7-alpine", script: ["redis-cli -h cache ping"] } },
  })`);
  project.configure({ target: "kubernetes", sandboxes: ["shop"], timeToLive: "1h" });
});

afterAll(async () => {
  await place.remove(await place.readOwned(project.owner));
  await project.remove();
});

/** Runs a command with a kubeconfig, by default that of the tests' cluster. It uses no Docker engine. */
function nestbox(words: readonly string[], kubeconfig = KUBECONFIG): Promise<CommandEnd> {
  return project.nestbox(words, environment(kubeconfig));
}

function environment(kubeconfig: string | undefined) {
  return { DOCKER_HOST: "tcp://127.0.0.1:1", KUBECONFIG: kubeconfig };
}

function writeKubeconfig(text: string): string {
  project.write("kubeconfig.json", text);
  return path.join(project.folder, "kubeconfig.json");
}

/** The next `up` gives a whole stack, and `down` leaves nothing. */
async function expectRecovery(): Promise<void> {
  const { exitCode, stdout, stderr } = await nestbox(["up", "--json"]);
  expect({ exitCode, stderr: exitCode === 0 ? "" : stderr }).toEqual({ exitCode: 0, stderr: "" });
  expect(JSON.parse(stdout).sandboxes).toMatchObject([
    {
      services: [
        { service: "cache", state: "ready" },
        { service: "slow", state: "ready" },
      ],
    },
  ]);
  expect((await kinds()).filter((kind) => kind === "namespace")).toHaveLength(1);
  await expectDown();
}

async function expectDown(): Promise<void> {
  const { exitCode, stderr } = await nestbox(["down", "--wait"]);
  expect({ exitCode, stderr: exitCode === 0 ? "" : stderr }).toEqual({ exitCode: 0, stderr: "" });
  expect(await kinds()).toEqual([]);
  expect(await place.readRemovals(project.owner)).toEqual([]);
}

async function kinds(): Promise<readonly string[]> {
  return (await place.readOwned(project.owner)).map(({ kind }) => kind).sort();
}

function errorsIn({ stderr }: CommandEnd): readonly string[] {
  return stderr.split("\n").filter((line) => line.startsWith("error "));
}

/** A kubeconfig that reaches the cluster through a proxy of its own. */
async function proxied(): Promise<{ readonly proxy: ProxiedCluster; readonly kubeconfig: string }> {
  const proxy = await proxiedCluster(cluster);
  return { proxy, kubeconfig: writeKubeconfig(kubeconfigText(proxy.cluster.context)) };
}

/** Moments of an `up`. */
const MOMENTS = {
  "the namespace exists": async () => expect(await kinds()).toContain("namespace"),
  "a service is awaited": async () => {
    const [namespace] = (await place.readOwned(project.owner)).filter(({ kind }) => kind === "namespace");
    if (namespace === undefined) throw new Error("there is no namespace");
    const query = { apiVersion: "v1", kind: "Pod", namespace: namespace.name };
    const pods = await listObjects<Pod>(cluster, query);
    const running = pods.filter(({ status }) => status?.containerStatuses?.[0]?.state?.running);
    expect(running.length).toBeGreaterThan(1);
  },
} as const;

test("a token whose account is gone is one error of each command, which changes nothing", async () => {
  const account = await limitedAccount();
  account.allow({ apiGroups: ["*"], resources: ["*"], verbs: ["*"] });
  const kubeconfig = writeKubeconfig(account.kubeconfig());
  expect(await nestbox(["up"], kubeconfig)).toMatchObject({ exitCode: 0 });
  const before = await kinds();
  account.remove();
  // The API server keeps a token that it has accepted for ten seconds, though without permissions.
  await eventually(
    async () => expect((await nestbox(["ls"], kubeconfig)).stderr).toContain("does not accept"),
    { within: "60s" },
  );
  for (const words of [["up"], ["run", "shop", "ping"], ["extend", "2h"], ["ls"], ["gc"], ["down"]]) {
    const end = await nestbox(words, kubeconfig);
    expect({ words, exitCode: end.exitCode, errors: errorsIn(end) }).toEqual({
      ...{ words, exitCode: 2 },
      errors: [
        expect.stringMatching(/^error .*does not accept its credentials; log in to the cluster again$/),
      ],
    });
  }
  expect(await kinds()).toEqual(before);
  await expectRecovery();
});

test.each(Object.keys(MOMENTS) as (keyof typeof MOMENTS)[])(
  "an API server that stops once %s is one error, and the next up recovers",
  async (moment) => {
    const { proxy, kubeconfig } = await proxied();
    const up = project.start(["up"], environment(kubeconfig));
    await eventually(MOMENTS[moment], { within: "120s" });
    proxy.stop();
    const end = await up.ended;
    expect({ exitCode: end.exitCode, errors: errorsIn(end) }).toEqual({
      exitCode: expect.any(Number),
      errors: [expect.stringContaining(proxy.cluster.context.server)],
    });
    expect(end.exitCode).not.toBe(0);
    await expectRecovery();
  },
);

test("an API server that answers no more is one error, and down recovers", async () => {
  const { proxy, kubeconfig } = await proxied();
  const up = project.start(["up"], environment(kubeconfig));
  await eventually(MOMENTS["a service is awaited"], { within: "120s" });
  proxy.interrupt();
  const end = await up.ended;
  expect({ exitCode: end.exitCode, errors: errorsIn(end) }).toEqual({
    exitCode: expect.any(Number),
    errors: [expect.stringContaining(proxy.cluster.context.server)],
  });
  proxy.stop();
  await expectDown();
});

test("an API server that stops during down is one error, and the next down recovers", async () => {
  expect(await nestbox(["up"])).toMatchObject({ exitCode: 0 });
  const { proxy, kubeconfig } = await proxied();
  const down = project.start(["down"], environment(kubeconfig));
  await down.printed(/pulumi|stack/i);
  proxy.stop();
  const end = await down.ended;
  expect(end.exitCode).not.toBe(0);
  expect(errorsIn(end)).toEqual([expect.stringContaining(proxy.cluster.context.server)]);
  await expectDown();
});
