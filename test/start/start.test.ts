import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, afterEach, expect, test } from "@jest/globals";
import { redis } from "../../src/catalog/index.ts";
import { type Sandbox, sandbox, secret, text } from "../../src/model/index.ts";
import type { Place } from "../../src/sandbox/place.ts";
import { startDeclared } from "../../src/start/start-declared.ts";
import type { StartOptions } from "../../src/start/start-options.ts";
import { memoryPlace } from "../targets/list/memory-place.ts";
import { LIST } from "../targets/list/target.ts";

const folder = mkdtempSync(path.join(tmpdir(), "nestbox-start-"));
writeFileSync(
  path.join(folder, "package.json"),
  '{ "nestbox": { "sandboxes": "none.ts", "target": "list" } }',
);
const place: Place = memoryPlace(path.basename(folder));

const shop = sandbox("shop", {
  services: {
    cache: redis({ password: secret("cache-password") }),
    web: { image: "web", ports: [8080, 9090] },
    worker: { image: "worker" },
    extra: { image: "extra", ports: [1], profiles: ["extra"] },
  },
  jobs: {
    build: { image: "alpine", script: ["make"] },
    tests: { image: "alpine", script: ["make check"], needs: ["build"] },
    slow: { image: "alpine", script: ["make slow"], profiles: ["extra"] },
  },
});

/** Starts on the double of a place in memory. */
function startHere<Connections>(declared: Sandbox<Connections>, options: StartOptions = {}) {
  const target = { name: LIST.name, runs: true, load: async () => LIST };
  const secrets = { "cache-password": "xylophone" };
  return startDeclared(declared, { project: folder, secrets, ...options }, [target]);
}

afterAll(() => rmSync(folder, { recursive: true }));

afterEach(async () => {
  expect(await place.readOwned()).toEqual([]);
  for (const event of ["SIGINT", "SIGTERM", "SIGHUP", "beforeExit"])
    expect({ event, listeners: process.listenerCount(event) }).toEqual({ event, listeners: 0 });
});

test("the services have their connections at their addresses, with the values of secrets", async () => {
  const { services, variables, remove } = await startHere(shop);
  expect(services.cache).toMatchObject({
    host: "list.example",
    port: "6379",
    url: "redis://:xylophone@list.example:6379/0",
    variables: { REDIS_PASSWORD: "xylophone" },
  });
  expect(services.web).toEqual({
    host: "list.example",
    port: "8080",
    variables: { WEB_HOST: "list.example", WEB_PORT: "8080" },
  });
  expect(variables).toMatchObject({ REDIS_PASSWORD: "xylophone", WEB_PORT: "8080" });
  await remove();
});

test("a service that this machine does not reach throws when it is read", async () => {
  const { services, address, remove } = await startHere(shop);
  expect(Object.keys(services)).toEqual(["cache", "web"]);
  expect(() => services.worker).toThrow('shop.services.worker: has no port; add "ports", such as [8080]');
  expect(() => services.extra).toThrow('shop.services.extra: profile "extra" is not active');
  expect(address("web", 9090)).toEqual({ host: "list.example", port: 9090 });
  await remove();
});

test("commands, output and jobs", async () => {
  const lines: string[] = [];
  const started = await startHere(shop, { log: (line) => lines.push(line) });
  expect(await started.exec("cache", ["redis-cli", "ping"])).toEqual({
    exitCode: 0,
    stdout: "would run in cache: redis-cli ping\n",
    stderr: "",
  });
  const logged = [];
  for await (const { text } of started.logs("web", { follow: true, since: "5m" })) logged.push(text);
  expect(logged).toEqual(["web would write this"]);
  expect(await started.run("tests")).toEqual({
    exitCode: 0,
    stdout: "would run: make\nwould run: make check\n",
    stderr: "",
  });
  expect(lines).toContain("would run: make check");
  expect(lines.join("\n")).toMatch(
    /✓ sandbox shop .* ready\n[\s\S]*▶ shop build\n[\s\S]*✓ shop tests .* passed/,
  );
  await started.remove();
});

test("a stream may be the log", async () => {
  let written = "";
  const started = await startHere(shop, { log: { write: (part: string) => (written += part) } });
  expect(written).toMatch(/^✓ sandbox shop .*ready\n$/);
  await started.remove();
});

test("unknown and inactive parts are refused by name", async () => {
  const { exec, logs, run, remove } = await startHere(shop as Sandbox);
  const first = async (lines: AsyncIterable<unknown>) => {
    for await (const line of lines) return line;
    return undefined;
  };
  const services = "it has cache, web, worker, extra";
  await expect(exec("cach", ["true"])).rejects.toThrow(`no service "cach" in sandbox "shop"; ${services}`);
  await expect(first(logs("cach"))).rejects.toThrow(`no service "cach" in sandbox "shop"; ${services}`);
  await expect(exec("extra", ["true"])).rejects.toThrow(
    'shop.services.extra: profile "extra" is not active; add it to the option "profiles" of start',
  );
  await expect(run("test")).rejects.toThrow('no job "test" in sandbox "shop"; it has build, tests, slow');
  await expect(run("slow")).rejects.toThrow('shop.jobs.slow: profile "extra" is not active');
  await expect(first(logs("web", { since: "5 minutes" as "5m" }))).rejects.toThrow(
    'since: "5 minutes" is no duration; use one such as "5m"',
  );
  await remove();
});

test.each<readonly [string, StartOptions, string]>([
  ["profile", { profiles: ["extr"] }, 'no profile "extr" in sandbox "shop"; it has extra'],
  ["target", { target: "lst" }, 'start: no target "lst" runs sandboxes; use list'],
  ["secret", { secrets: {} }, 'no value for the secret "cache-password"; set NESTBOX_SECRET_CACHE_PASSWORD'],
  ["project", { project: "/" }, "/: no sandboxes/index.ts and no Pulumi.yaml here or above"],
])("an unknown %s is refused before anything starts", async (_, options, message) => {
  await expect(startHere(shop, options)).rejects.toThrow(message);
});

test("what is no sandbox, and an invalid one, are refused", async () => {
  await expect(startHere({} as Sandbox)).rejects.toThrow("start: its first argument is not a sandbox; ");
  const invalid = sandbox("invalid", { services: { web: { image: "" } } });
  await expect(startHere(invalid)).rejects.toThrow("invalid.services.web.image");
});

test("profiles are those of the option", async () => {
  for (const profiles of [["extra"], "all"] as const) {
    const { services, run, remove } = await startHere(shop, { profiles });
    expect(services.extra.port).toBe("1");
    expect(await run("slow")).toMatchObject({ exitCode: 0 });
    await remove();
  }
});

test("two run at once, and each is removed alone; a second removal does nothing", async () => {
  const [one, other] = await Promise.all([startHere(shop), startHere(shop)]);
  const containers = async () => (await place.readOwned()).filter(({ kind }) => kind === "container").length;
  const both = await containers();
  await one.remove();
  expect(await containers()).toBe(both / 2);
  await one.remove();
  await other[Symbol.asyncDispose]();
});

test("a signal that is aborted ends the start, and later the sandbox", async () => {
  const reason = new Error("enough");
  await expect(startHere(shop, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  const abort = new AbortController();
  const started = await startHere(shop, { signal: abort.signal });
  abort.abort(reason);
  await started.remove();
  await expect(started.exec("cache", ["true"], { signal: abort.signal })).rejects.toBe(reason);
});

test("the environment of the process stays as it is", async () => {
  const before = { ...process.env };
  const started = await startHere(shop);
  expect(process.env).toEqual(before);
  await started.remove();
});

test("secrets are inserted in texts of several parts", async () => {
  const variables = () => ({ DSN: text`web:${secret("cache-password")}@` });
  const one = sandbox("one", { services: { web: { image: "web", ports: [80], variables } } });
  const { services, remove } = await startHere(one);
  expect(services.web.variables).toEqual({ DSN: "web:xylophone@" });
  await remove();
});
