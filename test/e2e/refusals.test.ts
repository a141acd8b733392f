import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { symlinkSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import path from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { connect } from "../../bench/connect.ts";
import { namedAlike, ownedBy } from "./engine-view.ts";
import { type UserProject, userProject } from "./user-project.ts";

let project: UserProject;

beforeAll(() => {
  project = userProject("e2e-refusals");
});

afterAll(() => project.remove());

/** Nothing was created, on the engine or in the state. */
afterEach(async () => {
  expect(await ownedBy(project.owner)).toEqual([]);
  expect(await namedAlike("e2e-refusals")).toEqual([]);
  expect(() => project.stateText()).toThrow("ENOENT");
});

function declare(services = "cache: redis()", jobs = ""): void {
  project.configure({ sandboxes: ["shop"] });
  project.declare(`sandbox("shop", { services: { ${services} }, jobs: { ${jobs} } })`);
}

async function refusal(...words: readonly string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await project.nestbox(words);
  expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: "" });
  // The command of a process that holds a port may have node_modules in its path.
  expect(stderr.replace(/taken by process .*/g, "")).not.toMatch(/\n\s+at |node_modules/);
  return stderr;
}

describe("on the command line", () => {
  const job = 'ping: { image: "redis:7-alpine", script: ["true"] }';

  test.each([
    [
      "an unknown verb",
      ["dance"],
      /unknown command 'dance'\n\(run nestbox --help for all commands and options\)/,
    ],
    ["an unknown option", ["up", "--fast"], /unknown option '--fast'/],
    ["an unknown sandbox", ["run", "shed"], /error no sandbox "shed"; sandboxes\/index\.ts lists shop/],
    ["an unknown job", ["run", "shop", "pong"], /error no job "pong" in sandbox "shop"; it has ping/],
    ["an extra argument", ["extend", "1h", "2h"], /too many arguments/],
    [
      "an extra word of run",
      ["run", "shop", "ping", "pong"],
      /error pong: is one word too many; .+ after --/,
    ],
    ["a missing argument", ["plan"], /missing required argument 'sandbox'/],
  ])("%s is refused", async (_, words, message) => {
    declare(undefined, job);
    expect(await refusal(...words)).toMatch(message);
  });

  test("a misspelt stack is refused before it is created", async () => {
    declare();
    const message = await refusal("up", "--stack", "dve");
    expect(message).toMatch(/^error stack dve: Pulumi\.dve\.yaml is missing; write it, or choose/m);
    expect(message).toContain(`a stack that has settings: ${project.stack}\n`);
  });

  test("an invalid sandbox is refused where it is used, and stops no command on another one", async () => {
    const broken = 'sandbox("broken", { services: { db: { image: "a b" } }, jobs: {} })';
    project.declare(`sandbox("shop", { services: {}, jobs: { ${job} } })`, broken);
    project.configure({ sandboxes: ["shop"] });
    expect(await project.nestbox(["plan", "shop"])).toMatchObject({ exitCode: 0 });
    expect(await project.nestbox(["run", "shop", "--fresh"])).toMatchObject({ exitCode: 0 });
    project.configure({ sandboxes: ["shop", "broken"] });
    for (const words of [["up"], ["run", "broken", "--fresh"], ["plan", "broken"]])
      expect(await refusal(...words)).toMatch(/^error broken\.services\.db\.image: "a b" is not an image/m);
  });

  test("a job of a sandbox that is not up is refused, with the command to bring it up", async () => {
    declare(undefined, job);
    const message = await refusal("run", "shop");
    expect(message).toMatch(
      /error sandbox "shop": is not up \(.*\bservice cache missing\); run nestbox up first/,
    );
  });

  test("a job of a sandbox that the stack does not list is refused, with the setting to change", async () => {
    declare(undefined, job);
    project.configure({ sandboxes: [] });
    const message = await refusal("run", "shop");
    expect(message).toMatch(/Pulumi\.e2e-refusals\.yaml: nestbox:sandboxes does not list "shop"/);
  });
});

describe("up refuses", () => {
  test("a setting of the wrong type, and an unknown setting", async () => {
    declare();
    project.configure({ sandboxes: "shop" });
    expect(await refusal("up")).toContain(
      'Pulumi.e2e-refusals.yaml: nestbox:sandboxes is "shop"; it must be a list',
    );
    project.configure({ sandbox: ["shop"] });
    expect(await refusal("up")).toContain("Pulumi.e2e-refusals.yaml: nestbox:sandbox is not a setting");
  });

  test("an undeclared sandbox", async () => {
    declare();
    project.configure({ sandboxes: ["shed"] });
    expect(await refusal("up")).toContain('no sandbox "shed"; sandboxes/index.ts lists shop');
  });

  test("a declaration with mistakes, listing all illegal values, then all wrong relations", async () => {
    declare('Cache: { image: "redis 7" }, web: { image: "alpine:3.19", networks: ["nowhere"] }');
    const message = await refusal("up");
    expect(message).toMatch(/^error shop\.services.*"Cache" is not a legal name/m);
    expect(message).toMatch(/^error shop\.services\.Cache\.image: "redis 7" is not an image reference/m);
    const web = 'image: "alpine:3.19", networks: ["nowhere"], after: { other: "ready" }';
    declare(`web: { ${web} }`);
    const relations = await refusal("up");
    expect(relations).toMatch(/^error shop\.services\.web\.networks: no network "nowhere"/m);
    expect(relations).toMatch(/^error shop\.services\.web\.after: no service "other"/m);
  });

  test("a privileged service of an image that is not allowed", async () => {
    declare('web: { image: "alpine:3.19", privileged: true }');
    expect(await refusal("up")).toMatch(
      /shop\.services\.web\.privileged: "alpine:3\.19" may not be privileged/,
    );
  });

  test("a port of this machine that a program uses", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    declare(`cache: redis({ publish: { 6379: ${port} } })`);
    const message = await refusal("up").finally(() => server.close());
    expect(message).toMatch(
      new RegExp(`shop\\.services\\.cache\\.publish.*: port ${port} is taken by process ${process.pid} `),
    );
  });

  test("a port of this machine that a container uses, naming it", async () => {
    const docker = await connect();
    const name = `nestbox-refusals-test-${randomBytes(4).toString("hex")}`;
    const holder = await docker.createContainer({
      name,
      Image: "redis:7-alpine",
      HostConfig: { PortBindings: { "6379/tcp": [{ HostIp: "127.0.0.1", HostPort: "" }] } },
    });
    try {
      await holder.start();
      const { NetworkSettings } = await holder.inspect();
      const port = NetworkSettings.Ports["6379/tcp"]?.[0]?.HostPort ?? "";
      declare(`cache: redis({ publish: { 6379: ${port} } })`);
      expect(await refusal("up")).toContain(`port ${port} is taken by container ${name}`);
    } finally {
      await holder.remove({ force: true, v: true });
    }
  });

  test("a pool of subnets without room, naming its networks", async () => {
    const [bridge] = await (await connect()).listNetworks({ filters: { name: ["^bridge$"] } });
    const subnet = bridge?.IPAM?.Config?.[0]?.Subnet ?? "";
    declare();
    project.configure({ sandboxes: ["shop"], subnetPool: subnet });
    const message = await refusal("up");
    expect(message).toContain(
      `${subnet} has no room for 1 more network, ` +
        `since it overlaps 1 range in use: network bridge (${subnet})`,
    );
    expect(message).toContain("nestbox:subnetPool");
  });

  test("a missing file", async () => {
    declare('web: { image: "alpine:3.19", files: { "/etc/web.conf": { path: "missing.conf" } } }');
    expect(await refusal("up")).toMatch(
      /missing\.conf: no such file; create it, or remove it from the files of "web"/,
    );
  });

  test("an unavailable image", async () => {
    declare('web: { image: "nestbox-no-such-image:1" }');
    expect(await refusal("up")).toMatch(/nestbox-no-such-image:1/);
  });
});

describe("run refuses, before it starts a sandbox,", () => {
  const job = (files: string) =>
    `verify: { image: "alpine:3.19", script: ["true"], files: ${JSON.stringify(files)} }`;

  test.each([["--fresh"], []])("a job with a missing folder (%s)", async (...words) => {
    declare("cache: redis()", job("missing"));
    expect(await refusal("run", "shop", ...words)).toBe(
      `error missing: no such folder in ${project.folder}; create it\n`,
    );
  });

  test("a job whose folder is behind a link that leaves the project", async () => {
    symlinkSync("/etc", path.join(project.folder, "link"));
    declare("cache: redis()", job("link/ssl"));
    expect(await refusal("run", "shop", "--fresh")).toMatch(
      /^error \S+link\/ssl: is a link to \/etc\/ssl, which is outside the project; copy that .*\n$/,
    );
  });

  test("a service with a file behind such a link", async () => {
    declare('web: { image: "alpine:3.19", files: { "/x": { path: "link/passwd" } } }', job("sandboxes"));
    expect(await refusal("run", "shop", "--fresh")).toMatch(
      /^error \S+link\/passwd: is a link to \/etc\/passwd, which is outside the project; copy that .*\n$/,
    );
  });
});
