import { randomBytes } from "node:crypto";
import { rmSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { clusterOwnerStore } from "../../src/kubernetes/owner-store.ts";
import { insideNamespace } from "../../src/kubernetes/tenancy/inside-namespace.ts";
import type { OwnerStore } from "../../src/ownership/owner-store.ts";
import { eventually } from "../eventually.ts";
import { testCluster } from "../kubernetes/created-namespace.ts";
import { type SharedNamespace, sharedNamespace } from "../kubernetes/shared-namespace.ts";
import { type CommandEnd, type UserProject, userProject } from "./user-project.ts";

const id = randomBytes(3).toString("hex");
const BRANCH = `feat/inside-${id}`;

let project: UserProject;
let team: SharedNamespace;
let place: OwnerStore;
let owner: string;
let environment: Readonly<Record<string, string>>;
let contents: readonly string[];

beforeAll(() => {
  team = sharedNamespace();
  place = clusterOwnerStore(testCluster(), insideNamespace(team.name));
  project = userProject(`inside-${id}`);
  project.declare(`sandbox("shop", {
    services: {
      cache: redis({ alias: ["cache", "database"] }),
      web: { image: "redis:7-alpine", ports: [6379], after: { cache: "ready" } },
    },
    jobs: {
      ping: { image: "redis:7-alpine", script: ["redis-cli -h database ping", "redis-cli -h web ping"] },
      wait: { image: "redis:7-alpine", script: ["echo waiting", "sleep 600"] },
    },
  })`);
  const settings = {
    "nestbox:target": "kubernetes",
    "nestbox:sandboxes": ["shop"],
    "nestbox:timeToLive": "1h",
    "nestbox:kubernetes": { namespace: team.name },
  };
  project.write("Pulumi.branch.yaml", JSON.stringify({ config: settings }));
  project.write("edit.json", team.kubeconfig);
  const KUBECONFIG = path.join(project.folder, "edit.json");
  environment = { DOCKER_HOST: "tcp://127.0.0.1:1", KUBECONFIG };
  owner = project.ownerOfBranch(BRANCH);
  contents = team.contents();
}, 180_000);

afterAll(async () => {
  team.remove();
  await project.remove();
});

async function succeed(verb: string, ...words: readonly string[]): Promise<CommandEnd> {
  const end = await project.nestbox([verb, `--branch=${BRANCH}`, ...words], environment);
  if (end.exitCode !== 0) throw new Error(`${verb} failed:\n${end.stdout}${end.stderr}`);
  return end;
}

async function kinds(): Promise<readonly string[]> {
  return (await place.readOwned(owner)).map(({ kind }) => kind).sort();
}

/** Waits until the namespace has what it had without the stack. */
async function untilAsBefore(): Promise<void> {
  await eventually(() => expect(team.contents()).toEqual(contents), { within: "60s" });
}

test("with edit rights in one namespace, a branch's stack comes up, runs jobs, and goes down", async () => {
  const { stdout } = await succeed("up", "--json");
  expect(JSON.parse(stdout).sandboxes).toMatchObject([
    { owner, branch: BRANCH, sandbox: "shop", namespace: team.name },
  ]);
  expect(await kinds()).toEqual(["lease", "sandbox"]);
  expect((await succeed("run", "shop", "ping")).stdout).toMatch(/PONG\s[\s\S]*PONG/);
  expect((await succeed("extend", "2h")).stdout).toContain("ends in 2 h");
  expect((await succeed("up", "--json")).stdout).toContain('"same"');
  await succeed("down", "--wait");
  expect(await kinds()).toEqual([]);
  await untilAsBefore();
}, 300_000);

test("down removes the job of a killed run", async () => {
  await succeed("up");
  const run = project.start(["run", `--branch=${BRANCH}`, "shop", "wait"], environment);
  await run.printed(/^waiting$/m);
  run.process.kill("SIGKILL");
  await run.ended;
  const { stderr } = await succeed("down", "--wait");
  expect(stderr).toMatch(/removed job \S+, left by a killed command/);
  await untilAsBefore();
}, 300_000);

test("gc removes a stack whose state is lost, by its labels", async () => {
  await succeed("up");
  rmSync(path.join(project.folder, "state/.pulumi/stacks/nestbox"), { recursive: true });
  const { stderr, stdout } = await succeed("gc", "--yes");
  expect(stdout + stderr).toContain(`removed sandbox ${team.name}/`);
  await untilAsBefore();
}, 300_000);
