import { existsSync } from "node:fs";
import { createConnection } from "node:net";
import path from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test } from "@jest/globals";
import { removeOwned } from "../../bench/remove-owned.ts";
import { LABEL } from "../../src/model/labels.ts";
import { uniqueName } from "../../src/model/names.ts";
import { ownedBy, serviceContainer } from "./engine-view.ts";
import { type CommandEnd, type UserProject, userProject } from "./user-project.ts";

/** Without a passphrase. */
const ENVIRONMENT = { PULUMI_CONFIG_PASSPHRASE: undefined, CI: undefined };

let project: UserProject;

beforeAll(() => {
  project = userProject("e2e-branches");
  project.write("Pulumi.branch.yaml", "config:\n  nestbox:sandboxes: [shop]\n  nestbox:timeToLive: 2h\n");
});

beforeEach(async () => {
  project.declare(`sandbox("shop", {
    services: { cache: redis({ publish: true }) },
    jobs: {
      ping: {
        image: "redis:7-alpine",
        env: ({ cache }) => ({ HOST: cache.host }),
        script: ["redis-cli -h $HOST ping"],
      },
    },
  })`);
  const branches = ["feat/a", "feat-a"];
  await Promise.all(branches.map((branch) => project.bringUp({ branch, environment: ENVIRONMENT })));
});

afterAll(async () => {
  for (const branch of ["feat/a", "feat-a"]) await removeOwned(project.ownerOfBranch(branch));
  await project.remove();
});

/** Runs a command without a passphrase in the environment. */
async function nestbox(...words: readonly string[]): Promise<CommandEnd> {
  return project.nestbox(words, ENVIRONMENT);
}

async function succeed(...words: readonly string[]): Promise<CommandEnd> {
  const end = await nestbox(...words);
  if (end.exitCode !== 0) throw new Error(`${words.join(" ")} failed:\n${end.stdout}${end.stderr}`);
  return end;
}

/** The answer of a Redis at an address to PING. */
function pingRedis(host: string, port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = createConnection(port, host, () => socket.write("PING\r\n"));
    socket.once("data", (data) => {
      resolve(data.toString());
      socket.destroy();
    });
    socket.once("error", reject);
  });
}

test("two branches with the same slug have two stacks, and need no passphrase", async () => {
  const [slashed, dashed] = await Promise.all([
    serviceContainer(project.ownerOfBranch("feat/a"), "cache"),
    serviceContainer(project.ownerOfBranch("feat-a"), "cache"),
  ]);
  expect(slashed.Id).not.toBe(dashed.Id);
  expect(slashed.Config.Labels).toMatchObject({
    [LABEL.branch]: "feat/a",
    [LABEL.stack]: uniqueName("feat/a"),
    [LABEL.timeToLive]: "2h",
  });
});

test("a job runs against the branch's own sandbox", async () => {
  const { stdout } = await succeed("run", "--branch=feat/a", "shop");
  expect(stdout).toMatch(/^PONG$/m);
});

test("env prints the addresses of the branch's own services", async () => {
  const { REDIS_HOST: host, REDIS_PORT: port } = JSON.parse(
    (await succeed("env", "--branch=feat/a", "--format", "json")).stdout,
  );
  const { NetworkSettings } = await serviceContainer(project.ownerOfBranch("feat/a"), "cache");
  expect(NetworkSettings.Ports["6379/tcp"]).toEqual([{ HostIp: "127.0.0.1", HostPort: port }]);
  expect(await pingRedis(host, Number(port))).toBe("+PONG\r\n");
});

test("plain pulumi uses the same stack", async () => {
  const words = ["preview", "--expect-no-changes", "--json"];
  for (const pulumi of [
    ["pulumi", "--branch=feat/a", ...words],
    ["pulumi", ...words, "-s", uniqueName("feat/a")],
  ])
    expect(JSON.parse((await succeed(...pulumi)).stdout).changeSummary).toEqual({ same: 5 });
});

test("a branch's stack is removed without its settings and declarations, and others stay", async () => {
  project.write("sandboxes/index.ts", "throw new Error('not this branch');\n");
  const { stderr } = await succeed("down", "--branch=feat/a");
  expect(stderr).toMatch(/✓ stack feat-a-\w{6} .* 5 removed/);
  expect(await ownedBy(project.ownerOfBranch("feat/a"))).toEqual([]);
  const files = ["state/.pulumi/stacks/nestbox", "."].map((folder) =>
    path.join(
      project.folder,
      folder,
      folder === "." ? `Pulumi.${uniqueName("feat/a")}.yaml` : `${uniqueName("feat/a")}.json`,
    ),
  );
  expect(files.filter((file) => existsSync(file))).toEqual([]);
  expect((await serviceContainer(project.ownerOfBranch("feat-a"), "cache")).State.Running).toBe(true);
  await succeed("down", "--branch=feat/a");
});

test("a branch's stack is removed from a checkout without its settings file", async () => {
  project.write(`Pulumi.${uniqueName("feat-a")}.yaml`, "config: {}\n");
  await succeed("down", "--branch=feat-a");
  expect(await ownedBy(project.ownerOfBranch("feat-a"))).toEqual([]);
});

test("a branch and a stack cannot both be named", async () => {
  const { exitCode, stderr } = await project.nestbox(["--stack", "dev", "up", "--branch=feat-a"]);
  expect(exitCode).toBe(2);
  expect(stderr).toMatch(/--branch: --stack names a stack, too/);
});
