import path from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "@jest/globals";
import { clusterOwnerStore } from "../../../src/kubernetes/owner-store.ts";
import { insideNamespace } from "../../../src/kubernetes/tenancy/inside-namespace.ts";
import { removeAbandoned } from "../../../src/ownership/abandoned-sandboxes.ts";
import type { UserProject } from "../../e2e/user-project.ts";
import { eventually } from "../../eventually.ts";
import { kubectl } from "../../kubectl.ts";
import { testCluster } from "../../kubernetes/created-namespace.ts";
import { type SharedNamespace, sharedNamespace } from "../../kubernetes/shared-namespace.ts";
import { projectWithoutStack } from "./runs-in-cluster.ts";

const SEED = Number(process.env.NESTBOX_SEED ?? 1 + Math.floor(Math.random() * 1e6));
const KILLS = Number(process.env.NESTBOX_KILLS ?? "4");

/** A sandbox whose database, by an alias that others have, too, tells which one it is. */
const withDatabase = (name: string, clients: number) => `sandbox("${name}", {
  volumes: ["data"],
  services: {
    database: redis({
      command: ["redis-server", "--maxclients", "${clients}"],
      volumes: { "/extra": "data" },
    }),
    web: { image: "redis:7-alpine", ports: [6379], after: { database: "ready" } },
  },
  jobs: {
    own: {
      image: "redis:7-alpine",
      script: ["redis-cli -h database config get maxclients | grep -x ${clients}", "redis-cli -h web ping"],
    },
    slow: { image: "redis:7-alpine", script: ["echo job runs", "sleep 1000"] },
  },
})`;

let project: UserProject;
let team: SharedNamespace;
let environment: Readonly<Record<string, string>>;
/** What the namespace has without sandboxes. */
let contents: readonly string[];

beforeAll(() => {
  team = sharedNamespace();
  project = projectWithoutStack("inside-namespace");
  project.declare(withDatabase("one", 111), withDatabase("two", 222));
  project.write(
    "package.json",
    JSON.stringify({
      type: "module",
      nestbox: { target: "kubernetes", kubernetes: { namespace: team.name } },
    }),
  );
  project.write("edit.json", team.kubeconfig);
  const KUBECONFIG = path.join(project.folder, "edit.json");
  environment = { KUBECONFIG, DOCKER_HOST: "unix:///nonexistent.sock" };
  contents = team.contents();
}, 180_000);

afterAll(async () => {
  team.remove();
  await project.remove();
});

afterEach(async () => {
  await nestbox("down");
  // The team's own objects are as they were, and nothing else is there.
  await eventually(() => expect(team.contents()).toEqual(contents), { within: "60s" });
});

const nestbox = (...words: readonly string[]) => project.nestbox(words, environment);

async function succeed(...words: readonly string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await nestbox(...words);
  expect({ words, exitCode, stderr: exitCode === 0 ? "" : stderr }).toEqual({
    words,
    exitCode: 0,
    stderr: "",
  });
  return stdout;
}

test("runs beside each other have databases of their own under one alias", async () => {
  await Promise.all(["one", "two"].map((name) => succeed("run", "--fresh", name, "own")));
});

/** Whether an answer of a Redis arrives in a pod of a sandbox. */
async function reaches(sandbox: string, address: string): Promise<boolean> {
  const ask = `timeout 5 redis-cli -h ${address} ping | grep -qx PONG && echo reached || echo closed`;
  return (await succeed("exec", sandbox, "web", "--", "sh", "-c", ask)).includes("reached");
}

test("every verb finds sandboxes that stay, which are isolated from each other and the team", async () => {
  await succeed("up");
  expect(await succeed("up")).toContain("ready");
  const addressOf = (sandbox: string, service: string) => {
    const labels = `nestbox.sandbox=${sandbox},nestbox.part=${service}`;
    const words = ["get", "pod", "--selector", labels, "-o", "jsonpath={.items[0].status.podIP}"];
    return kubectl("--namespace", team.name, ...words);
  };
  expect(await succeed("ls")).toContain(`namespace ${team.name}`);
  expect(await succeed("env", "one")).toMatch(new RegExp(`REDIS_HOST=\\S+-database\\.${team.name}\\.svc`));
  expect(await succeed("logs", "two", "web", "--tail", "1")).toContain("Ready to accept connections");
  for (const name of ["one", "two"]) await succeed("run", name, "own");
  expect(await succeed("exec", "two", "database", "--", "redis-cli", "config", "get", "maxclients")).toMatch(
    /^222$/m,
  );
  expect(await succeed("connect", "one", "database", "--", "config", "get", "maxclients")).toMatch(/^111$/m);
  await succeed("run", "one", "--", process.execPath, "-e", CONNECTS);

  expect(await reaches("one", "database")).toBe(true);
  expect(await reaches("one", addressOf("one", "database"))).toBe(true);
  expect(await reaches("one", addressOf("two", "database"))).toBe(false);
  expect(await reaches("two", addressOf("one", "database"))).toBe(false);
  expect(await reaches("one", team.database)).toBe(false);
  const ofTeam = (address: string) =>
    team.inTeam("sh", "-c", `timeout 3 redis-cli -h ${address} ping || true`);
  expect(ofTeam(addressOf("one", "database"))).not.toContain("PONG");
  // The policies of the sandboxes select none of its pods.
  expect(ofTeam("database")).toContain("PONG");

  await succeed("down", "one");
  expect(await succeed("ls")).not.toMatch(/^one /m);
  await succeed("run", "two", "own");
}, 300_000);

const CONNECTS =
  'require("node:net").connect(process.env.REDIS_PORT, process.env.REDIS_HOST)' +
  '.on("connect", function () { this.end(); }).on("error", () => process.exit(1))';

test("a changed service is replaced, and the others still find it", async () => {
  await succeed("up", "one");
  project.declare(withDatabase("one", 333), withDatabase("two", 222));
  await succeed("up", "one");
  await succeed("run", "one", "own");
  project.declare(withDatabase("one", 111), withDatabase("two", 222));
}, 180_000);

test("a quota that two sandboxes exceed together is told, and the first one stays", async () => {
  // Two pods of the team, and three more.
  kubectl("--namespace", team.name, "create", "quota", "few", "--hard=pods=5");
  try {
    await succeed("up", "one");
    const { exitCode, stderr } = await nestbox("run", "--fresh", "two", "own");
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/two\.services\.\w+: .*exceeded quota: few, requested: pods=1, used: pods=5/s);
    await succeed("exec", "one", "database", "--", "redis-cli", "ping");
  } finally {
    kubectl("--namespace", team.name, "delete", "quota", "few");
  }
}, 180_000);

test(`killed at random moments with seed ${SEED}, runs leave nothing`, async () => {
  const started = performance.now();
  await succeed("run", "--fresh", "one", "own");
  const whole = performance.now() - started;
  let random = SEED;
  for (let kill = 0; kill < KILLS; kill++) {
    random = (random * 48271) % 2147483647;
    const command = project.start(["run", "--fresh", "one", "own"], environment);
    const limit = AbortSignal.timeout(Math.round((random / 2147483647) * whole));
    limit.addEventListener("abort", () => command.process.kill("SIGKILL"), { once: true });
    await command.ended;
  }
  await eventually(
    async () => {
      await removeAbandoned(clusterOwnerStore(testCluster(), insideNamespace(team.name)));
      expect(team.contents()).toEqual(contents);
    },
    { within: "90s" },
  );
}, 400_000);

test("without the setting, a user who may not create namespaces learns of it", async () => {
  project.write("package.json", JSON.stringify({ type: "module" }));
  const { exitCode, stderr } = await nestbox("run", "--target", "kubernetes", "one", "own");
  expect({ exitCode, stderr }).toEqual({
    exitCode: 2,
    stderr: expect.stringMatching(
      /cannot \w+ resource "namespaces"; .* --namespace; .* which may be production/,
    ),
  });
  await succeed("run", "--target", "kubernetes", "--namespace", team.name, "one", "own");
  const missing = await nestbox("run", "--target", "kubernetes", "--namespace", "team-nowhere", "one", "own");
  expect(missing).toMatchObject({ exitCode: 2, stderr: expect.stringMatching(/namespaces? .*team-nowhere/) });
}, 180_000);
