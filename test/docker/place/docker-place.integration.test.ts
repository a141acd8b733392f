import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { Writable } from "node:stream";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import type Docker from "dockerode";
import { connect } from "../../../bench/connect.ts";
import { redis } from "../../../src/catalog/index.ts";
import { DOCKER_TARGET } from "../../../src/docker/target.ts";
import { type SandboxDefinition, sandbox } from "../../../src/model/declaration/sandbox.ts";
import type { WrittenService } from "../../../src/model/declaration/service.ts";
import { plan as planOf } from "../../../src/model/plan/plan-sandbox.ts";
import { PRIVILEGED_IMAGES } from "../../../src/model/plan/privilege.ts";
import { log } from "../../../src/model/probe.ts";
import { ConfigurationError } from "../../../src/model/problem.ts";
import type { Subnet } from "../../../src/model/subnets.ts";
import { isoSeconds, type Ownership } from "../../../src/ownership/ownership.ts";
import type { Changes, Place } from "../../../src/sandbox/place.ts";
import type { LogLine, RunningSandbox } from "../../../src/sandbox/running-sandbox.ts";
import { engineProxy } from "../../e2e/engine-gate.ts";
import { eventually } from "../../eventually.ts";
import { placeCases } from "../../sandbox/place-cases.ts";
import { SILENT } from "../../silent-progress.ts";

const PROJECT = "docker-place-test";
const NOTHING: Changes = { created: [], replaced: [], removed: [], left: [] };

const folder = mkdtempSync(path.join(tmpdir(), "nestbox-place-"));

afterAll(() => rmSync(folder, { recursive: true }));

async function open(
  others: { readonly environment?: NodeJS.ProcessEnv; readonly subnetPool?: Subnet } = {},
): Promise<Place> {
  const { environment = process.env, subnetPool = "10.254.85.0/24" } = others;
  const place = await DOCKER_TARGET.runs?.connect({
    ...{ project: PROJECT, projectFolder: folder, environment },
    settings: { subnetPool, privilegedImages: PRIVILEGED_IMAGES, own: undefined },
  });
  if (place === undefined) throw new Error("docker runs sandboxes");
  return place;
}

describe("as every place", () => placeCases(PROJECT, open));

describe("a sandbox that stays on an engine", () => {
  const forever = new AbortController().signal;
  const progress = SILENT;
  let docker: Docker;
  let ownership: Ownership;
  const clean: (() => Promise<unknown>)[] = [];

  beforeAll(async () => {
    docker = await connect();
  });

  beforeEach(() => {
    const stack = `on-engine-${randomBytes(4).toString("hex")}`;
    const owner = `${PROJECT}/${stack}`;
    ownership = { owner, project: PROJECT, stack, created: isoSeconds(new Date()), timeToLive: "never" };
  });

  afterEach(async () => {
    for (const one of clean.splice(0).reverse()) await one();
    const place = await open();
    await place.remove(await place.readOwned(ownership.owner));
  });

  type Declared = {
    readonly services: Readonly<Record<string, WrittenService>>;
    readonly networks?: Readonly<Record<string, { readonly internal?: boolean }>>;
    readonly volumes?: readonly string[];
  };

  const planned = (declared: Declared) =>
    planOf(sandbox("shop", declared as SandboxDefinition<unknown> & Declared));

  async function keep(declared: Declared, place?: Place): Promise<Changes> {
    const request = { plan: planned(declared), secrets: {}, signal: forever, progress, ownership };
    return (place ?? (await open())).keep({ ...request, onChanges: () => {} });
  }

  async function find(declared: Declared, place?: Place): Promise<RunningSandbox> {
    const use = { labels: {}, afterJob: async () => {}, lost: forever, confirm: async () => {} };
    const plan = planned(declared);
    const request = { plan, owner: ownership.owner, networks: [], secrets: {}, use };
    return (place ?? (await open())).find(request);
  }

  function inspect(service: string): Promise<Docker.ContainerInspectInfo> {
    return docker.getContainer(`${ownership.stack}_shop_${service}`).inspect();
  }

  const sleeper: WrittenService = { image: "alpine:3.19", command: ["sleep", "1000"] };

  test("has other services than it had on a network that has changed, and the same on others", async () => {
    const services = {
      web: { ...sleeper, networks: ["front", "back"] },
      cache: { ...sleeper, networks: ["back"] },
      mail: { ...sleeper, networks: ["front"] },
    };
    const network = () => docker.getNetwork(`${ownership.stack}_shop_back`).inspect();
    await keep({ services, networks: { front: {}, back: {} } });
    const { Id: mail } = await inspect("mail");
    expect(await network()).toMatchObject({ Internal: false });
    const { replaced, ...others } = await keep({
      services,
      networks: { front: {}, back: { internal: true } },
    });
    expect([...replaced].sort()).toEqual(["network back", "service cache", "service web"]);
    expect(others).toEqual({ created: [], removed: [], left: [] });
    expect(await network()).toMatchObject({ Internal: true });
    expect((await inspect("mail")).Id).toBe(mail);
    expect(Object.keys((await inspect("web")).NetworkSettings.Networks).sort()).toEqual([
      `${ownership.stack}_shop_back`,
      `${ownership.stack}_shop_front`,
    ]);
  });

  test("keeps a free port, labels of its first creation, and one fixed name a part", async () => {
    const services = { cache: redis({ publish: true }), web: sleeper };
    await keep({ services });
    const portOf = async () => (await (await find({ services })).reach())("cache", 6379);
    const port = await portOf();
    expect(port).toEqual({ host: "127.0.0.1", port: expect.any(Number) });
    const { created } = ownership;
    ownership = { ...ownership, created: "2030-01-01T00:00:00Z" };
    const changed = { cache: services.cache, web: { ...sleeper, env: { A: "1" } } };
    expect(await keep({ services: changed })).toEqual({ ...NOTHING, replaced: ["service web"] });
    expect(await portOf()).toEqual(port);
    expect((await inspect("web")).Config.Labels).toMatchObject({ "nestbox.created": created });
    const running = await find({ services });
    const addresses = await running.addresses({ fromEngineHost: true });
    expect(addresses.addressOf("cache", 6379)).toEqual(port);
  });

  test("has a service replaced whose files of the project have changed, and no other", async () => {
    const file = path.join(folder, "web.conf");
    writeFileSync(file, "one");
    const services = { web: { ...sleeper, files: { "/etc/web.conf": { path: "web.conf" } } }, mail: sleeper };
    await keep({ services });
    expect(await keep({ services })).toEqual(NOTHING);
    writeFileSync(file, "two");
    expect(await keep({ services })).toEqual({ ...NOTHING, replaced: ["service web"] });
    rmSync(file);
    await expect(keep({ services })).rejects.toThrow(/web\.conf: no such file/);
  });

  test("has a service replaced that was disconnected from its network", async () => {
    const services = { web: sleeper, mail: sleeper };
    await keep({ services });
    const network = docker.getNetwork(`${ownership.stack}_shop_default`);
    await network.disconnect({ Container: `${ownership.stack}_shop_web` });
    await expect(find({ services })).rejects.toThrow(/service web on network default missing/);
    expect(await keep({ services })).toEqual({ ...NOTHING, replaced: ["service web"] });
    await find({ services });
  });

  test("ends the program of a replaced service properly, since its data stays", async () => {
    const script = "trap 'sleep 1; echo ended >/data/end; exit 0' TERM; echo ready; sleep 1000 & wait $!";
    const web = (env: Readonly<Record<string, string>>): WrittenService => ({
      ...{ image: "alpine:3.19", command: ["sh", "-c", script], env },
      // It is replaced at once: by then it must have its trap.
      probe: log("ready"),
      volumes: { "/data": "data" },
    });
    await keep({ services: { web: web({}) }, volumes: ["data"] });
    const services = { web: web({ A: "1" }), reader: { ...sleeper, volumes: { "/data": "data" } } };
    await keep({ services, volumes: ["data"] });
    let output = "";
    const stdout = new Writable({
      write(data, _, done) {
        output += data;
        done();
      },
    });
    const running = await find({ services, volumes: ["data"] });
    const streams = { stdout, stderr: stdout, signal: forever };
    expect(await running.exec("reader", ["cat", "/data/end"], streams)).toBe(0);
    expect(output).toBe("ended\n");
  });

  test("is refused with a name that somebody else has, which is left alone", async () => {
    const name = `${ownership.stack}_shop_web`;
    const theirs = await docker.createContainer({ Image: "alpine:3.19", name, Cmd: ["true"] });
    clean.push(() => theirs.remove({ force: true }));
    const failed = keep({ services: { web: sleeper, mail: sleeper } });
    await expect(failed).rejects.toThrow(ConfigurationError);
    await expect(failed).rejects.toThrow(new RegExp(`^${name}: exists already, of another owner`));
    await theirs.inspect();
    const owned = await (await open()).readOwned(ownership.owner);
    expect(owned.filter(({ kind }) => kind === "container").map((one) => one.name)).not.toContain(name);
  });

  test("is refused with a network that goes and others use, before anything changes", async () => {
    const services = { web: sleeper };
    await keep({ services });
    const { Id } = await inspect("web");
    const NetworkMode = `${ownership.stack}_shop_default`;
    const theirs = await docker.createContainer({
      ...{ Image: "alpine:3.19", Cmd: ["sleep", "1000"], HostConfig: { NetworkMode, Init: true } },
    });
    clean.push(() => theirs.remove({ force: true }));
    await theirs.start();
    await expect(keep({ services, networks: { default: { internal: true } } })).rejects.toThrow(
      /of another owner; run docker rm -f/,
    );
    await expect((await find({ services })).remove()).rejects.toThrow(/of another owner; run docker rm -f/);
    expect((await inspect("web")).Id).toBe(Id);
  });

  test("has the subnets of its pool checked before, like its files, privileges and ports", async () => {
    const check = async (declared: Declared, subnetPool?: Subnet) =>
      (await open(subnetPool && { subnetPool })).check([planned(declared)], ownership);
    await check({ services: { web: sleeper } });
    await expect(check({ services: { web: sleeper } }, "10.254.86.0/30")).rejects.toThrow(/has no room/);
    const files = { "/etc/missing": { path: "missing.conf" } };
    await expect(check({ services: { web: { ...sleeper, files } } })).rejects.toThrow(/no such file/);
    const privileged = { ...sleeper, privileged: true };
    await expect(check({ services: { web: privileged } })).rejects.toThrow(/may not be privileged/);
    await keep({ services: { cache: redis({ publish: true }) } });
    const published = (await (await find({ services: { cache: redis() } })).reach())("cache", 6379);
    const other = { services: { other: redis({ publish: { 6379: published?.port ?? 0 } }) } };
    await expect(check(other)).rejects.toThrow(/is taken by container/);
  });

  test("has an output in two streams, whose engine may vanish", async () => {
    const command = ["sh", "-c", "echo out; echo err >&2; sleep 1000"];
    const services = { web: { ...sleeper, command } };
    await keep({ services });
    const proxy = await engineProxy(() => ({}));
    const running = await find({ services }, await open({ environment: proxy.environment }));
    const seen: LogLine[] = [];
    const followed = (async () => {
      for await (const line of running.logs("web", { follow: true, signal: forever })) seen.push(line);
    })();
    const failed = expect(followed).rejects.toThrow(/no longer answers/);
    await eventually(() => expect(seen).toHaveLength(2), { within: "30s" });
    const byStream = seen.toSorted((one, other) => (one.stream < other.stream ? -1 : 1));
    expect(byStream).toEqual([
      { stream: "stderr", text: "err" },
      { stream: "stdout", text: "out" },
    ]);
    proxy.close();
    await failed;
  });
});
