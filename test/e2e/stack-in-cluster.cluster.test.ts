import { randomBytes } from "node:crypto";
import { rmSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { ListAnswer } from "../../src/cli/answers/answers.ts";
import { type Cluster, clusterOf } from "../../src/kubernetes/api/cluster.ts";
import { readContext } from "../../src/kubernetes/api/kubeconfig.ts";
import { clusterOwnerStore } from "../../src/kubernetes/owner-store.ts";
import { RIGHTS } from "../../src/kubernetes/rights/rights.ts";
import { roleRules } from "../../src/kubernetes/rights/role-manifest.ts";
import type { OwnerStore } from "../../src/ownership/owner-store.ts";
import { eventually } from "../eventually.ts";
import { kubectlCommand } from "../kubectl.ts";
import { limitedAccount } from "../kubernetes/limited-account.ts";
import { type CommandEnd, type UserProject, userProject } from "./user-project.ts";

const id = randomBytes(3).toString("hex");
const BRANCH = `feat/cluster-${id}`;
const { KUBECONFIG } = kubectlCommand().env;
/** A Docker engine that a command in a cluster must not ask. */
const ENVIRONMENT = { DOCKER_HOST: "tcp://127.0.0.1:1", KUBECONFIG };

let project: UserProject;
let cluster: Cluster;
let place: OwnerStore;
let owner: string;

beforeAll(() => {
  cluster = clusterOf(readContext({ KUBECONFIG }), process.env);
  place = clusterOwnerStore(cluster);
  project = userProject(`cluster-${id}`);
  project.declare(`sandbox("shop", {
    services: { cache: redis() },
    jobs: {
      ping: { image: "redis:7-alpine", script: ["redis-cli -h cache ping"] },
      stop: { image: "redis:7-alpine", script: ["redis-cli -h cache shutdown", "exit 7"] },
      fail: { image: "alpine:3.19", script: ["exit 7"] },
    },
  })`);
  const settings = {
    "nestbox:target": "kubernetes",
    "nestbox:sandboxes": ["shop"],
    "nestbox:timeToLive": "1h",
  };
  project.write("Pulumi.branch.yaml", JSON.stringify({ config: settings }));
  owner = project.ownerOfBranch(BRANCH);
});

afterAll(async () => {
  await place.remove(await place.readOwned(owner));
  await project.remove();
});

async function succeed(verb: string, ...words: readonly string[]): Promise<CommandEnd> {
  const end = await project.nestbox([verb, `--branch=${BRANCH}`, ...words], ENVIRONMENT);
  if (end.exitCode !== 0) throw new Error(`${verb} failed:\n${end.stdout}${end.stderr}`);
  return end;
}

async function kinds(): Promise<readonly string[]> {
  return (await place.readOwned(owner)).map(({ kind }) => kind).sort();
}

test("a branch's stack in a cluster comes up, runs jobs and commands, and goes down", async () => {
  const { stdout } = await succeed("up", "--json");
  expect(JSON.parse(stdout).sandboxes).toMatchObject([
    { owner, branch: BRANCH, sandbox: "shop", services: [{ service: "cache", state: "ready" }] },
  ]);
  expect(await kinds()).toEqual(["lease", "namespace"]);
  const { sandboxes = [] } = JSON.parse((await succeed("ls", "--json")).stdout) as ListAnswer;
  expect(sandboxes.filter((one) => one.owner === owner)).toHaveLength(1);
  expect((await succeed("run", "shop", "ping")).stdout).toContain("PONG");
  const script = `require("node:net").connect(process.env.REDIS_PORT, process.env.REDIS_HOST)
    .on("data", (data) => { process.stdout.write(data); process.exit(3); }).write("PING\\r\\n")`;
  const command = ["run", `--branch=${BRANCH}`, "shop", "--", process.execPath, "-e", script];
  expect(await project.nestbox(command, ENVIRONMENT)).toMatchObject({
    exitCode: 3,
    stdout: expect.stringContaining("+PONG"),
  });
  expect((await succeed("extend", "2h")).stdout).toContain("ends in 2 h");
  expect((await succeed("up", "--json")).stdout).toContain('"same"');
  await succeed("down", "--wait");
  expect(await kinds()).toEqual([]);
  expect(await place.readRemovals(owner)).toEqual([]);
});

test("a failed job names a service that has ended meanwhile, not one that ended before", async () => {
  await succeed("up");
  const run = (job: string) => project.nestbox(["run", `--branch=${BRANCH}`, "shop", job], ENVIRONMENT);
  const failed = await run("stop");
  expect(failed.exitCode).toBe(7);
  expect(failed.stderr).toMatch(/^! shop\.services\.cache: ended with exit code 0\n {2}its last output:/m);
  expect(failed.stderr).toMatch(/^ {4}.*User requested shutdown/m);
  const failedLater = await run("fail");
  expect(failedLater.exitCode).toBe(7);
  expect(failedLater.stderr).not.toContain("shop.services");
  await succeed("down", "--wait");
});

test("gc removes a stack whose state is lost, by its labels", async () => {
  await succeed("up");
  const file = path.join(project.folder, "state/.pulumi/stacks/nestbox");
  rmSync(file, { recursive: true });
  const { stderr, stdout } = await succeed("gc", "--yes");
  expect(stdout + stderr).toContain("removed namespace");
  expect(await kinds()).toEqual([]);
});

test("up recreates a sandbox whose namespace is being removed", async () => {
  await succeed("up");
  await place.remove((await place.readOwned(owner)).filter(({ kind }) => kind === "namespace"));
  expect(JSON.parse((await succeed("up", "--json")).stdout).sandboxes).toMatchObject([
    { services: [{ service: "cache", state: "ready" }] },
  ]);
});

test("a killed up is mended by the next command", async () => {
  const killed = project.start(["up", `--branch=${BRANCH}`], ENVIRONMENT);
  await eventually(async () => expect(await kinds()).toContain("namespace"), { within: "120s" });
  killed.process.kill("SIGKILL");
  await killed.ended;
  expect(JSON.parse((await succeed("up", "--json")).stdout).sandboxes).toMatchObject([
    { services: [{ service: "cache", state: "ready" }] },
  ]);
  await succeed("down", "--wait");
  expect(await kinds()).toEqual([]);
});

test("the rights of pulumi suffice to bring a stack up, to change it and to take it down", async () => {
  const account = await limitedAccount();
  try {
    account.allow(...roleRules(RIGHTS.pulumi));
    project.write("limited.json", account.kubeconfig());
    const limited = { ...ENVIRONMENT, KUBECONFIG: path.join(project.folder, "limited.json") };
    const run = async (...words: readonly string[]) => {
      const { exitCode, stderr } = await project.nestbox([...words, `--branch=${BRANCH}`], limited);
      if (exitCode !== 0 || /^!/m.test(stderr)) throw new Error(`${words.join(" ")} failed:\n${stderr}`);
    };
    await run("up");
    project.declare(`sandbox("shop", {
      networks: { front: {}, back: { internal: true } },
      volumes: ["data"],
      services: {
        cache: redis({ networks: ["front", "back"], volumes: { "/data": "data" } }),
        other: redis({ networks: ["back"], files: { "/note": { content: "a" } } }),
        once: { image: "alpine:3.19", networks: ["front"], command: ["true"], runsOnce: true },
      },
    })`);
    await run("up");
    project.declare(`sandbox("shop", { services: { cache: redis({ alias: "store" }) } })`);
    await run("up");
    await run("down", "--wait");
    account.allow();
    const refused = await project.nestbox(["up", `--branch=${BRANCH}`], limited);
    expect(refused.stderr).toContain('have an administrator apply what "nestbox cluster rights');
  } finally {
    account.remove();
  }
});
