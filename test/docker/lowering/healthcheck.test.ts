import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm, symlink } from "node:fs/promises";
import { createServer as createHttpServer, type RequestListener } from "node:http";
import { type AddressInfo, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterEach, expect, test } from "@jest/globals";
import { type HealthcheckBody, healthcheckBody } from "../../../src/docker/lowering/healthcheck.ts";
import { planProbes } from "../../../src/model/plan/plan-probe.ts";
import { exec, http, imageHealthcheck, log, type Probe, tcp } from "../../../src/model/probe.ts";

const closers: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  await Promise.all(closers.splice(0).map((close) => close()));
});

async function listening<AnyServer extends Server>(
  server: AnyServer,
  host: string,
  wanted = 0,
): Promise<number> {
  await new Promise<void>((resolve, reject) => server.once("error", reject).listen(wanted, host, resolve));
  closers.push(() => new Promise((resolve) => server.close(resolve)));
  return (server.address() as AddressInfo).port;
}

async function listeningOnFirstFree(port: number): Promise<number> {
  try {
    return await listening(createServer(), "0.0.0.0", port);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE" || port >= 4095) throw error;
    return await listeningOnFirstFree(port + 1);
  }
}

function bodyOf(probe: Probe): HealthcheckBody | undefined {
  return healthcheckBody(planProbes({ image: "a", probe }, "a").probe);
}

/** Runs a probe's test as Docker does, but on this machine. Returns the exit code. */
async function ask(probe: Probe, env: NodeJS.ProcessEnv = process.env): Promise<number> {
  const [form, script = ""] = bodyOf(probe)?.Test ?? [];
  expect(form).toBe("CMD-SHELL");
  return await new Promise((resolve) => {
    execFile("/bin/sh", ["-c", script], { env }, (error) => resolve(error ? Number(error.code) : 0));
  });
}

test.each(["0.0.0.0", "::"])("a tcp probe succeeds for a listener on %s", async (host) => {
  const port = await listening(createServer(), host);
  expect(await ask(tcp(port))).toBe(0);
});

test.each(["127.0.0.1", "127.0.0.11", "::1", "::ffff:127.0.0.1"])(
  "a tcp probe fails for a listener on %s, which only the container reaches",
  async (host) => {
    const port = await listening(createServer(), host);
    expect(await ask(tcp(port))).not.toBe(0);
  },
);

test("a tcp probe succeeds when only one of two listeners is on the loopback", async () => {
  const port = await listening(createServer(), "::1");
  expect(await ask(tcp(port))).not.toBe(0);
  await listening(createServer(), "0.0.0.0", port);
  expect(await ask(tcp(port))).toBe(0);
});

test("a tcp probe finds a port with less than four hexadecimal digits", async () => {
  const port = await listeningOnFirstFree(2000);
  expect(await ask(tcp(port))).toBe(0);
});

test("a tcp probe fails without a listener, and for a port with the last digits of another", async () => {
  const server = createServer();
  const port = await listening(server, "0.0.0.0");
  await closers.pop()?.();
  expect(await ask(tcp(port))).not.toBe(0);
  const open = await listening(createServer(), "0.0.0.0");
  expect(await ask(tcp(open % 256))).not.toBe(0);
});

const website: RequestListener = ({ url }, response) => {
  const status = {
    "/ok": 200,
    "/made": 201,
    "/moved": 302,
    "/missing": 404,
    "/broken": 500,
    "/it's%20$HOME": 200,
  };
  // The client may encode characters that the probe did not.
  const path = (url ?? "").replace("%27", "'");
  response.writeHead(status[path as keyof typeof status] ?? 404, { location: "/ok" }).end("body");
};

/** A PATH with `sh` and one client alone. */
async function pathWithOnly(client: "curl" | "wget"): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "nestbox-http-client-"));
  closers.push(() => rm(folder, { recursive: true }));
  const installed = (process.env.PATH ?? "").split(delimiter).map((place) => join(place, client));
  const program = installed.find((file) => existsSync(file));
  if (!program) throw new Error(`${client} is not on this machine; install it to test probes with it`);
  await symlink(program, join(folder, client));
  return folder;
}

test.each([
  ["curl", "/ok", true],
  ["curl", "/made", true],
  ["curl", "/moved", true],
  ["curl", "/missing", false],
  ["curl", "/broken", false],
  ["curl", "/it's%20$HOME", true],
  ["wget", "/ok", true],
  ["wget", "/made", true],
  ["wget", "/moved", true],
  ["wget", "/missing", false],
  ["wget", "/broken", false],
  ["wget", "/it's%20$HOME", true],
] as const)("an http probe with %s of %s: ready is %s", async (client, path, ready) => {
  const port = await listening(createHttpServer(website), "0.0.0.0");
  const env = { PATH: await pathWithOnly(client), http_proxy: "http://127.0.0.1:9", HOME: "elsewhere" };
  expect((await ask(http(port, path), env)) === 0).toBe(ready);
});

test.each(["curl", "wget"] as const)("an http probe with %s fails when nothing listens", async (client) => {
  const port = await listening(createHttpServer(website), "127.0.0.1");
  await closers.pop()?.();
  expect(await ask(http(port, "/ok"), { PATH: await pathWithOnly(client) })).not.toBe(0);
});

test("an exec probe runs a list directly and a string in the shell", () => {
  expect(bodyOf(exec(["redis-cli", "ping"]))?.Test).toEqual(["CMD", "redis-cli", "ping"]);
  expect(bodyOf(exec("redis-cli ping | grep -q PONG"))?.Test).toEqual([
    "CMD-SHELL",
    "redis-cli ping | grep -q PONG",
  ]);
});

test.each([
  [["psql", "-c", "select 1"], ['["psql","-c","select 1"]']],
  [["grep", "", "file"], ['["grep","","file"]']],
  // Podman makes a script of a list of one word.
  [["a program"], ["CMD", "a program"]],
  [
    ["redis-cli", "ping"],
    ["CMD", "redis-cli", "ping"],
  ],
  ["redis-cli ping", ["CMD-SHELL", "redis-cli ping"]],
] as const)("Podman gets the words of %j as they are", (command, expected) => {
  const { probe } = planProbes({ image: "a", probe: exec(command) }, "a");
  expect(healthcheckBody(probe, true)?.Test).toEqual(expected);
});

test("times are in nanoseconds", () => {
  const timing = { within: "2m", startEvery: "1s", every: "10s", timeout: "250ms", retries: 5 } as const;
  expect(bodyOf(tcp(80, timing))).toMatchObject({
    StartInterval: 1e9,
    StartPeriod: 120e9,
    Interval: 10e9,
    Timeout: 250e6,
    Retries: 5,
  });
});

test("log and image probes, and no probe, need no healthcheck", () => {
  expect(bodyOf(log("ready"))).toBeUndefined();
  expect(bodyOf(imageHealthcheck())).toBeUndefined();
  expect(healthcheckBody(undefined)).toBeUndefined();
});
