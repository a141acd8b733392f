import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { connect } from "../../bench/connect.ts";
import { ownedBy, serviceContainer } from "./engine-view.ts";
import { type CommandEnd, type UserProject, userProject } from "./user-project.ts";

let project: UserProject;

beforeAll(() => {
  project = userProject("e2e-lifecycle");
  project.configure({ sandboxes: ["shop"] });
  declare({});
});

afterAll(() => project.remove());

/** What a test changes. The next one starts with it. */
let web = { colour: "red", probe: 'exec("true")' };

/** Declares the sandbox: a Redis, and a web server without dependencies. */
function declare(change: Partial<typeof web>): void {
  web = { ...web, ...change };
  project.declare(`sandbox("shop", {
    services: {
      cache: redis(),
      web: {
        image: "alpine:3.19",
        command: ["sh", "-c", "trap exit TERM; sleep 1000 & wait"],
        env: { COLOUR: "${web.colour}" },
        probe: ${web.probe},
      },
    },
  })`);
}

async function idsOf(...services: readonly string[]): Promise<readonly string[]> {
  return Promise.all(services.map(async (service) => (await serviceContainer(project.owner, service)).Id));
}

async function up(...words: readonly string[]): Promise<CommandEnd> {
  const end = await project.nestbox(["up", ...words]);
  if (end.exitCode !== 0) throw new Error(`nestbox up failed:\n${end.stdout}${end.stderr}`);
  return end;
}

test("up brings the stack's sandboxes up and prints their addresses", async () => {
  expect((await project.nestbox(["down"])).exitCode).toBe(0);
  const { stdout, stderr } = await up("--json");
  const { changes, sandboxes } = JSON.parse(stdout);
  expect(changes).toMatchObject({ create: 7 });
  expect(sandboxes).toMatchObject([
    {
      stack: "e2e-lifecycle",
      sandbox: "shop",
      networks: [{ subnets: [expect.stringMatching(/^10\.231\.\d+\.\d+\/28$/)] }],
      services: [
        { service: "cache", state: "ready" },
        { service: "web", state: "ready" },
      ],
    },
  ]);
  expect(stderr).toMatch(/✓ stack e2e-lifecycle .* 7 created/);
});

describe("a stack that is up", () => {
  beforeEach(() => project.bringUp());

  test("up of an unchanged stack changes nothing", async () => {
    const before = await idsOf("cache", "web");
    const { stderr } = await up();
    expect(stderr).toMatch(/nothing to change/);
    expect(await idsOf("cache", "web")).toEqual(before);
  });

  test("plain pulumi up agrees that there is nothing to change", async () => {
    const { exitCode, stdout } = await project.nestbox([
      "pulumi",
      "preview",
      "--expect-no-changes",
      "--json",
    ]);
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout).changeSummary).toEqual({ same: 7 });
  });

  test("ls lists the running stack", async () => {
    const { stdout } = await project.nestbox(["ls"]);
    expect(stdout).toMatch(
      /shop {2}nestbox\/e2e-lifecycle, .* old.*\n {2}cache {2}ready .*\n {2}web {4}ready /,
    );
  });

  test("a changed service is replaced, alone", async () => {
    const [cache, before] = await idsOf("cache", "web");
    declare({ colour: "blue" });
    const { stderr } = await up();
    expect(stderr).toMatch(/1 replaced/);
    expect(await idsOf("cache")).toEqual([cache]);
    const changed = await serviceContainer(project.owner, "web");
    expect(changed.Id).not.toBe(before);
    expect(changed.Config.Env).toContain("COLOUR=blue");
  });

  test("a changed probe changes the healthcheck", async () => {
    declare({ probe: 'exec("exit 0", { every: "7s" })' });
    await up();
    expect((await serviceContainer(project.owner, "web")).Config.Healthcheck).toMatchObject({
      Test: ["CMD-SHELL", "exit 0"],
      Interval: 7_000_000_000,
    });
  });

  test("up recreates a stopped service", async () => {
    const [cache, before] = await idsOf("cache", "web");
    await (await connect()).getContainer(cache ?? "").stop();
    await up();
    const made = await serviceContainer(project.owner, "cache");
    expect(made.Id).not.toBe(cache);
    expect(made.State.Health?.Status).toBe("healthy");
    expect(await idsOf("web")).toEqual([before]);
  });

  test("up recreates a removed service", async () => {
    const [cache, before] = await idsOf("cache", "web");
    await (await connect()).getContainer(before ?? "").remove({ force: true, v: true });
    await up();
    expect((await serviceContainer(project.owner, "web")).State.Running).toBe(true);
    expect(await idsOf("cache")).toEqual([cache]);
  });

  test("plain pulumi refresh and up repair drift too", async () => {
    const [cache, before] = await idsOf("cache", "web");
    await (await connect()).getContainer(before ?? "").remove({ force: true, v: true });
    const refreshed = await project.nestbox(["pulumi", "refresh", "--yes", "--skip-preview"]);
    expect(refreshed).toMatchObject({ exitCode: 0 });
    const { exitCode } = await project.nestbox(["pulumi", "up", "--yes", "--skip-preview"]);
    expect(exitCode).toBe(0);
    expect((await serviceContainer(project.owner, "web")).State.Running).toBe(true);
    expect(await idsOf("cache")).toEqual([cache]);
    expect((await up()).stderr).toMatch(/nothing to change/);
  });

  test("down leaves nothing, also of resources that are not in the state, and can be repeated", async () => {
    const docker = await connect();
    const { Config } = await serviceContainer(project.owner, "web");
    await docker.createContainer({ Image: "alpine:3.19", Labels: Config.Labels });
    const { exitCode, stderr } = await project.nestbox(["down"]);
    expect(exitCode).toBe(0);
    expect(stderr).toMatch(/7 removed/);
    expect(stderr).toMatch(/also removed container /);
    expect(await ownedBy(project.owner)).toEqual([]);
    expect(await project.nestbox(["down"])).toMatchObject({
      exitCode: 0,
      stderr: expect.stringMatching(/nothing to remove/),
    });
  });
});
