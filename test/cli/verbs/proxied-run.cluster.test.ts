import { afterAll, afterEach, beforeAll, expect, test } from "@jest/globals";
import type { Cluster } from "../../../src/kubernetes/api/cluster.ts";
import type { UserProject } from "../../e2e/user-project.ts";
import { testCluster } from "../../kubernetes/created-namespace.ts";
import { kubeconfigText } from "../../kubernetes/kubeconfig-text.ts";
import { startHttpProxy, type TestProxy } from "../../kubernetes/test-proxy.ts";
import {
  CACHE,
  clusterWithoutEngine,
  leftOfRuns,
  projectWithoutStack,
  RUN,
  removeRuns,
} from "./runs-in-cluster.ts";

const LOGIN = { user: "me", password: "xylophone-4711" };

let project: UserProject;
let cluster: Cluster;
let proxy: TestProxy;

beforeAll(async () => {
  cluster = testCluster();
  project = projectWithoutStack("proxied-run");
  project.declare(CACHE);
  proxy = await startHttpProxy(LOGIN);
});

afterEach(async () => {
  expect(await leftOfRuns(cluster, project)).toEqual([]);
});

afterAll(async () => {
  await proxy.close();
  await removeRuns(cluster, project);
});

const ownAddress = () => new URL(cluster.context.server).host;
const written = (password = LOGIN.password) => `http://${LOGIN.user}:${password}@${proxy.address}`;

function run(environment: Readonly<Record<string, string>>, ...words: readonly string[]) {
  return project.nestbox([...RUN, "cache", ...words], { ...clusterWithoutEngine(), ...environment });
}

test("a run goes through the proxy of the environment, with its logs and forwarded ports", async () => {
  const before = proxy.destinations.length;
  const job = await run({ HTTPS_PROXY: written() }, "ping");
  expect(job).toMatchObject({ exitCode: 0, stdout: expect.stringContaining("PONG") });
  const script = `
    const socket = require("node:net").connect(process.env.REDIS_PORT, process.env.REDIS_HOST);
    socket.on("data", (data) => { process.stdout.write(data); socket.destroy(); }).write("PING\\r\\n");`;
  const command = await run({ HTTPS_PROXY: written() }, "--", process.execPath, "-e", script);
  expect(command).toMatchObject({ exitCode: 0, stdout: "+PONG\r\n" });
  expect(proxy.destinations.length).toBeGreaterThan(before + 1);
  expect(new Set(proxy.destinations)).toEqual(new Set([ownAddress()]));
});

test("the proxy of the kubeconfig precedes that of the environment, whatever NO_PROXY says", async () => {
  const before = proxy.destinations.length;
  const config = JSON.parse(kubeconfigText(cluster.context));
  config.clusters[0].cluster["proxy-url"] = written();
  project.write("kubeconfig", JSON.stringify(config));
  const KUBECONFIG = `${project.folder}/kubeconfig`;
  const { exitCode, stderr } = await run(
    { KUBECONFIG, HTTPS_PROXY: "http://127.0.0.1:1", NO_PROXY: "*" },
    "ping",
  );
  expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
  expect(proxy.destinations.length).toBeGreaterThan(before);
});

test("a cluster that NO_PROXY lists is reached without the proxy", async () => {
  const before = proxy.destinations.length;
  const NO_PROXY = `example.com,${new URL(cluster.context.server).hostname}/16`;
  expect(await run({ HTTPS_PROXY: written(), NO_PROXY }, "ping")).toMatchObject({ exitCode: 0 });
  expect(proxy.destinations).toHaveLength(before);
});

test("a proxy that refuses the login, or is not there, is one error without the password", async () => {
  const refused = await run({ HTTPS_PROXY: written("trumpet-0815") }, "ping");
  expect(refused).toMatchObject({ exitCode: 2, stdout: "" });
  expect(refused.stderr).toMatch(
    /: https:\S+ is not reached: the proxy http:\S+ of HTTPS_PROXY opens no connection \(status 407 /,
  );
  expect(refused.stderr).not.toContain("trumpet-0815");
  const dead = await run({ HTTPS_PROXY: "http://127.0.0.1:1" }, "ping");
  expect(dead).toMatchObject({ exitCode: 2, stdout: "" });
  expect(dead.stderr).toMatch(
    /opens no connection \(connect ECONNREFUSED .*\); start it, or correct HTTPS_PROXY$/m,
  );
});
