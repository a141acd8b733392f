import { spawn } from "node:child_process";
import { hostname } from "node:os";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import type Docker from "dockerode";
import { connect } from "../../bench/connect.ts";
import { eventually } from "../eventually.ts";
import { freePort } from "../free-port.ts";
import { ownedBy, runIn } from "./engine-view.ts";
import type { StoredState } from "./stack-fingerprint.ts";
import { type UserProject, userProject } from "./user-project.ts";

/** The server of the state: a real Postgres in a container. */
const PASSWORD = "hush-hush";

let server: Docker.Container;
let project: UserProject;

beforeAll(async () => {
  const port = await freePort();
  server = await (await connect()).createContainer({
    Image: "postgres:17-alpine",
    Env: [`POSTGRES_PASSWORD=${PASSWORD}`],
    ExposedPorts: { "5432/tcp": {} },
    HostConfig: { PortBindings: { "5432/tcp": [{ HostIp: "127.0.0.1", HostPort: String(port) }] } },
  });
  await startServer();
  project = userProject(
    "e2e-state-server",
    `postgres://postgres:${PASSWORD}@127.0.0.1:${port}/postgres?sslmode=disable`,
  );
  project.configure({ sandboxes: ["shop"], timeToLive: "2h" });
  project.declare(`sandbox("shop", {
    services: { cache: redis() },
    jobs: {
      ping: {
        image: "redis:7-alpine",
        env: ({ cache }) => ({ HOST: cache.host }),
        script: ["redis-cli -h $HOST ping"],
      },
    },
  })`);
});

afterAll(async () => {
  await project.remove();
  await server.remove({ force: true, v: true });
});

async function startServer(): Promise<void> {
  await server.start();
  await eventually(
    async () => expect(await runIn(server.id, ["pg_isready", "-h", "127.0.0.1"])).toMatch(/accepting/),
    { within: "1m" },
  );
}

function query(statement: string): Promise<string> {
  return runIn(server.id, ["psql", "-U", "postgres", "-At", "-P", "pager=off", "-c", statement]);
}

/** Writes a file of the state as Pulumi does. */
async function writeFile(file: string, content: string): Promise<void> {
  const data = JSON.stringify({ data: Buffer.from(content).toString("base64") });
  await query(
    `INSERT INTO pulumi_state (key, data) VALUES ('postgres/.pulumi/${file}', '${data}')
     ON CONFLICT (key) DO UPDATE SET data = excluded.data`,
  );
}

/**
 * Locks the stack for a process of this machine. Returns the timestamp of the lock.
 */
async function lockAs(pid: number): Promise<string> {
  const timestamp = `${new Date().toISOString().slice(0, 19)}Z`;
  const holder = { pid, username: "somebody", hostname: hostname(), timestamp };
  await writeFile(`locks/organization/nestbox/${project.stack}/lock.json`, JSON.stringify(holder));
  return timestamp;
}

function locks(): Promise<string> {
  return query("SELECT key FROM pulumi_state WHERE key LIKE '%/locks/%'");
}

async function readState(): Promise<StoredState> {
  const checkpoint = await query(
    `SELECT convert_from(decode(data->>'data', 'base64'), 'utf8') FROM pulumi_state
     WHERE key LIKE '%/stacks/nestbox/${project.stack}.json'`,
  );
  return { locks: [await locks()], checkpoint };
}

describe("a stack with its state on the server", () => {
  beforeEach(() => project.bringUp({ readState }));

  test("runs its job, can be extended, and is kept by clean-up", async () => {
    expect((await project.succeed("run", "shop")).stdout).toMatch(/^PONG$/m);
    expect((await project.succeed("extend", "3h")).stdout).toMatch(/ends in (3 h|2 h 5\d min)/);
    expect((await project.succeed("gc", "--json")).stdout).not.toContain(project.owner);
  });

  test("errors about an unreachable server do not contain its password", async () => {
    await server.stop();
    try {
      for (const verb of ["up", "down", "gc"]) {
        const { exitCode, stdout, stderr } = await project.nestbox([verb]);
        expect({ verb, exitCode }).toEqual({ verb, exitCode: 2 });
        const [message = ""] = /error PULUMI_BACKEND_URL: the state at .*/.exec(stderr) ?? [];
        expect(message).toMatch(/ postgres:\/\/127\.0\.0\.1:.* cannot be used: .*connection refused/);
        expect(stdout + stderr).not.toContain(PASSWORD);
      }
    } finally {
      await startServer();
    }
  });

  test("the second of two ups waits for the first, and neither changes anything", async () => {
    const first = project.start(["up"]);
    await first.printed(/Pulumi/);
    const [one, other] = await Promise.all([first.ended, project.nestbox(["up"])]);
    expect([one.exitCode, other.exitCode]).toEqual([0, 0]);
    for (const { stderr } of [one, other]) expect(stderr).toMatch(/nothing to change/);
    expect(other.stderr).toMatch(
      new RegExp(`waiting for process ${first.process.pid}, which holds its lock`),
    );
  });

  test("up waits for the lock of a running process, and takes over that of a dead one", async () => {
    const holder = spawn("cat");
    const since = await lockAs(holder.pid ?? 0);
    const up = project.start(["up"]);
    await up.printed(new RegExp(`waiting for process ${holder.pid} of somebody on .* since ${since}`));
    holder.stdin.end();
    const { exitCode, stderr } = await up.ended;
    expect(stderr).toMatch(/taking over the lock of process \d+ of somebody on .*, which no longer runs/);
    expect(exitCode).toBe(0);
    expect(await locks()).toBe("");
  });

  test("clean-up skips a stack with a lock on the server", async () => {
    await project.succeed("extend", "1ms");
    const holder = spawn("cat");
    await lockAs(holder.pid ?? 0);
    try {
      expect((await project.succeed("gc", "--yes")).stderr).toMatch(
        /process \d+ of somebody on .* has held its lock since .*; skipped/,
      );
      expect(await ownedBy(project.owner)).toHaveLength(3);
    } finally {
      holder.kill();
    }
  });

  test("after a crash, up continues", async () => {
    const up = project.start(["up"]);
    await up.printed(/stack e2e-state-server/);
    up.process.kill("SIGKILL");
    await up.ended;
    await project.succeed("up");
    expect(await ownedBy(project.owner)).toHaveLength(3);
    expect(await locks()).toBe("");
  });

  test("an unreadable state is replaced by a new one, from the labels", async () => {
    await writeFile(`stacks/nestbox/${project.stack}.json`, '{ "version": 3, "check');
    await project.succeed("extend", "2h");
    expect((await project.succeed("gc", "--yes")).stderr).toMatch(
      /the stacks in the state cannot be listed \(.*JSON.*\)/,
    );
    expect(await ownedBy(project.owner)).toHaveLength(3);
    const { stderr } = await project.succeed("up");
    const [message = ""] = /stack e2e-state-server: its state could not be read .*/.exec(stderr) ?? [];
    expect(message).toMatch(/ replaced by an empty one \(backups: .*postgres:/);
    expect(await ownedBy(project.owner)).toHaveLength(3);
  });

  test("clean-up removes an expired stack with a broken state", async () => {
    await project.succeed("extend", "1ms");
    await writeFile(`stacks/nestbox/${project.stack}.json`, '{ "version": 3, "check');
    await project.succeed("gc", "--yes");
    expect(await ownedBy(project.owner)).toEqual([]);
    expect(await locks()).toBe("");
  });

  test("down of a stack that is not in the state succeeds", async () => {
    await project.succeed("down");
    expect(await ownedBy(project.owner)).toEqual([]);
    await query("DELETE FROM pulumi_state WHERE key LIKE '%/stacks/%'");
    expect((await project.succeed("down")).stderr).not.toMatch(/error|✗/);
  });
});
