import { execFileSync } from "node:child_process";
import { existsSync, rmSync, symlinkSync } from "node:fs";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import type { ListAnswer } from "../../src/cli/answers/answers.ts";
import { engineHost } from "../../src/docker/engine-host.ts";
import { readOwnedResources } from "../../src/docker/owned-resources.ts";
import { removeResources } from "../../src/docker/remove-owned.ts";
import { LABEL } from "../../src/model/labels.ts";
import type { OwnedResource } from "../../src/ownership/owned-resource.ts";
import { eventually } from "../eventually.ts";
import { PUBLISHED_MODULES } from "../published.ts";
import { runIn } from "./engine-view.ts";
import { type CommandEnd, type UserProject, userProject } from "./user-project.ts";

const PASSWORD = "xylophone-4713";
const HOUR = 3_600_000;

let project: UserProject;
let worktree: string;

beforeEach(() => {
  project = userProject("e2e-kept");
  for (const file of ["Pulumi.yaml", "infra"]) rmSync(path.join(project.folder, file), { recursive: true });
  worktree = `${project.folder}-feature`;
  declare();
});

afterEach(async () => {
  await removeResources(engineHost(process.env), [...(await owned()), ...(await owned(worktree))]);
  await project.remove();
  rmSync(worktree, { recursive: true, force: true });
});

/** The sandboxes shop and other. @param api a property of shop's service api. @param volumes of shop */
function declare(api = "", volumes = 'volumes: ["data"],', mounts = 'volumes: { "/data": "data" }'): void {
  project.declare(
    `sandbox("shop", {
      ${volumes}
      services: {
        cache: redis({ ${mounts} }),
        api: { image: "alpine:3.19", command: ["sleep", "1000"], ${api} },
      },
      jobs: { ping: { image: "redis:7-alpine", script: ["redis-cli -h cache ping"] } },
    })`,
    'sandbox("other", { services: { redis: redis() } })',
    'sandbox("locked", { services: { redis: redis({ password: secret("password") }) } })',
  );
}

/** All resources of a checkout on the engine, leases too. */
async function owned(folder = project.folder): Promise<readonly OwnedResource[]> {
  const all = await readOwnedResources(engineHost(process.env));
  return all.filter(({ labels }) => labels[LABEL.project] === path.basename(folder));
}

/** The ids of the containers, by service. */
async function containers(sandbox: string, folder?: string): Promise<Readonly<Record<string, string>>> {
  const found = (await owned(folder)).filter(
    ({ kind, labels }) => kind === "container" && labels[LABEL.sandbox] === sandbox,
  );
  return Object.fromEntries(found.map(({ id, labels }) => [labels[LABEL.part] ?? "", id]));
}

/** The hours until the sandboxes end, as `ls --json` has it. */
async function hoursLeft(): Promise<number> {
  const { stdout } = await project.nestbox(["ls", "--json"]);
  const { sandboxes = [] } = JSON.parse(stdout) as ListAnswer;
  const own = sandboxes.find((one) => one.project === path.basename(project.folder));
  return (Date.parse(own?.ends ?? "") - Date.now()) / HOUR;
}

test("up starts a sandbox that stays; twice changes nothing", async () => {
  const { stdout } = await project.succeed("up", "shop");
  expect(stdout).toMatch(/^shop {2}\S+\/up-\w{6}, .*, ends in 8 h, the next command then removes it$/m);
  expect(stdout).not.toContain("other");
  const first = await containers("shop");
  expect(Object.keys(first).sort()).toEqual(["api", "cache"]);
  const again = await project.succeed("up", "shop");
  expect(again.stderr).toMatch(/^✓ sandbox shop .*nothing to change$/m);
  expect(await containers("shop")).toEqual(first);
});

test("up replaces what has changed and only that, and says so before; volumes stay", async () => {
  await project.succeed("up", "shop", "other");
  const { shop, other } = { shop: await containers("shop"), other: await containers("other") };
  await project.succeed("exec", "shop", "cache", "--", "redis-cli", "set", "key", "value");
  declare('env: { MODE: "new" }');
  const changed = await project.succeed("up", "shop");
  expect(changed.stderr).toMatch(
    /^… sandbox shop: replaces service api\n(?:.*\n)*✓ sandbox shop .*1 replaced$/m,
  );
  const after = await containers("shop");
  expect(after.api).not.toBe(shop.api);
  expect(after.cache).toBe(shop.cache);
  expect(await containers("other")).toEqual(other);
  declare("", "", "");
  const left = await project.succeed("up", "shop");
  expect(left.stderr).toContain("keeps volume data, no longer declared; remove with --volumes");
  expect((await owned()).filter(({ labels }) => labels[LABEL.part] === "data")).toHaveLength(1);
  declare();
  await project.succeed("up", "shop");
  const { stdout } = await project.succeed("exec", "shop", "cache", "--", "redis-cli", "get", "key");
  expect(stdout).toBe("value\n");
  declare("", "", "");
  const removed = await project.succeed("up", "shop", "--volumes");
  expect(removed.stderr).toMatch(/^… sandbox shop: removes volume data$/m);
  expect((await owned()).filter(({ labels }) => labels[LABEL.part] === "data")).toEqual([]);
});

test("up replaces services whose proxies have another password", async () => {
  const up = (password: string) => {
    const proxies = { default: { httpProxy: `http://me:${password}@proxy.example.com:3128` } };
    project.write("docker/config.json", JSON.stringify({ proxies }));
    return project.nestbox(["up", "other"], { DOCKER_CONFIG: path.join(project.folder, "docker") });
  };
  expect(await up(PASSWORD)).toMatchObject({ exitCode: 0 });
  expect((await up(PASSWORD)).stderr).toMatch(/^✓ sandbox other .*nothing to change$/m);
  expect((await up("marzipan-4713")).stderr).toMatch(/^… sandbox other: replaces service redis$/m);
  expect(JSON.stringify(await owned())).not.toMatch(/xylophone|marzipan/);
});

test("run, env and extend use the sandbox that is up, and renew its end", async () => {
  await project.succeed("up", "shop", "--for", "30m");
  expect(await hoursLeft()).toBeLessThan(0.6);
  const { stdout, stderr } = await project.succeed("run", "shop", "ping");
  expect(stdout).toContain("PONG");
  expect(stderr).toContain("sandbox shop: is up, so this runs in it; add --fresh to start another");
  expect(await hoursLeft()).toBeGreaterThan(7.9);
  const variables = await project.succeed("env", "shop", "--format", "dotenv");
  expect(variables.stdout).toMatch(/^REDIS_URL=redis:\/\/127\.0\.0\.1:\d+\/0$/m);
  const extended = await project.succeed("extend", "1h");
  expect(extended.stdout).toMatch(/: ends in 1 h\n$/);
  expect(await hoursLeft()).toBeLessThan(1.1);
});

test("package.json sets the time to live", async () => {
  project.write("package.json", '{ "type": "module", "nestbox": { "timeToLive": "2h" } }');
  await project.succeed("up", "other");
  expect(await hoursLeft()).toBeGreaterThan(1.9);
  expect(await hoursLeft()).toBeLessThan(2);
});

test("its end may come before it is up: other commands leave it alone", async () => {
  const slowly = 'command: ["sh", "-c", "sleep 4; echo ready; sleep 1000"], probe: log(/ready/)';
  project.declare(`sandbox("slow", { services: { api: { image: "alpine:3.19", ${slowly} } } })`);
  let end: CommandEnd | undefined;
  const up = project.nestbox(["up", "slow", "--for", "1s"]).then((ended) => {
    end = ended;
  });
  await eventually(
    async () => {
      await project.nestbox(["ls"]);
      expect(end).toMatchObject({ exitCode: 0 });
    },
    { within: "1m" },
  );
  await up;
});

test("after its end, the next command removes it with its volumes", async () => {
  await project.succeed("up", "shop", "--for", "1s");
  await eventually(
    async () => {
      await project.nestbox(["ls"]);
      expect(await owned()).toEqual([]);
    },
    { within: "1m" },
  );
});

test("down removes what is named, or all, and says so before", async () => {
  await project.succeed("up", "shop", "other");
  const refused = await project.nestbox(["down", "nope"]);
  expect(refused).toMatchObject({
    exitCode: 2,
    stderr: expect.stringMatching(/^error sandbox "nope": is not up in this checkout; name one of /),
  });
  const { stderr } = await project.succeed("down", "shop");
  expect(stderr).toMatch(
    /^… sandbox shop: removes its services, networks and volumes\n✓ removed .*volume \S+_data/m,
  );
  expect(await containers("shop")).toEqual({});
  expect(Object.keys(await containers("other"))).toEqual(["redis"]);
  await project.succeed("down");
  expect(await owned()).toEqual([]);
});

test("two ups at once wait for each other", async () => {
  declare('probe: exec("test -e /tmp/go", { within: "2m" })');
  const first = project.start(["up", "shop"]);
  const api = await eventually(
    async () => {
      const { api: id } = await containers("shop");
      if (id === undefined) throw new Error("the first has no container yet");
      return id;
    },
    { within: "1m" },
  );
  const second = project.start(["up", "shop"]);
  await second.printed(/waiting for process/);
  // It may not run yet.
  await eventually(() => runIn(api, ["touch", "/tmp/go"]), { within: "1m" });
  for (const { ended } of [first, second]) expect(await ended).toMatchObject({ exitCode: 0 });
  expect((await owned()).filter(({ kind }) => kind === "container")).toHaveLength(2);
});

test("a secret without a value is an error before anything is created", async () => {
  const refused = await project.nestbox(["up", "locked"]);
  expect(refused).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining('sandbox "locked": no value for the secret "password"'),
  });
  expect(await owned()).toEqual([]);
  await project.nestbox(["up", "locked"], { NESTBOX_SECRET_PASSWORD: PASSWORD });
  expect(Object.keys(await containers("locked"))).toEqual(["redis"]);
  expect(JSON.stringify(await owned())).not.toContain(PASSWORD);
});

test("a service that never is ready fails up; its logs stay, and the next up starts it again", async () => {
  declare('probe: exec("echo the probe speaks; false", { within: "2s" })');
  const failed = await project.nestbox(["up", "shop"]);
  expect(failed).toMatchObject({ exitCode: 1, stderr: expect.stringContaining("the probe speaks") });
  declare();
  await project.succeed("up", "shop");
});

test("Ctrl-C during the first up leaves nothing that was not ready", async () => {
  const api = '{ image: "alpine:3.19", command: ["sleep", "1000"], probe: exec("false", { within: "10m" }) }';
  project.declare(`sandbox("shop", { volumes: ["data"], services: { api: ${api} } })`);
  const command = project.start(["up", "shop"]);
  await eventually(async () => expect((await owned()).some(({ running }) => running)).toBe(true), {
    within: "1m",
  });
  command.process.kill("SIGINT");
  expect((await command.ended).stderr).toContain("killed by SIGINT");
  expect(await owned()).toEqual([]);
});

test("a Pulumi.yaml that is added later orphans nothing", async () => {
  await project.succeed("up", "other");
  project.write("Pulumi.yaml", "name: renamed\nruntime: nodejs\n");
  expect((await project.succeed("ls")).stdout).toMatch(/^other {2}\S+\/up-\w{6}, /m);
  const { stderr } = await project.succeed("down");
  expect(stderr).toMatch(/✓ removed .*container \S+_other_redis/);
  expect(await owned()).toEqual([]);
});

test("git worktrees do not collide; the sandbox of a removed one goes with the next command", async () => {
  const git = (...words: readonly string[]) =>
    execFileSync("git", ["-c", "user.name=a", "-c", "user.email=a@example.org", ...words], {
      cwd: project.folder,
      stdio: "ignore",
    });
  git("init");
  git("add", "sandboxes", "package.json");
  git("commit", "--message", "first");
  git("worktree", "add", worktree);
  symlinkSync(PUBLISHED_MODULES, path.join(worktree, "node_modules"));
  const inWorktree = (...words: readonly string[]) => project.nestbox(["--project", worktree, ...words]);
  const ends = await Promise.all([project.nestbox(["up", "shop"]), inWorktree("up", "shop")]);
  for (const end of ends) expect(end).toMatchObject({ exitCode: 0 });
  const [own, other] = [await containers("shop"), await containers("shop", worktree)];
  expect(new Set([...Object.values(own), ...Object.values(other)]).size).toBe(4);
  git("worktree", "remove", "--force", worktree);
  expect(existsSync(worktree)).toBe(false);
  // The next command may be one of another test, which is at it.
  await project.succeed("ls");
  await eventually(async () => expect(await owned(worktree)).toEqual([]), { within: "30s" });
  expect(await containers("shop")).toEqual(own);
});
