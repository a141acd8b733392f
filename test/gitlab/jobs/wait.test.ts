import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { dind } from "../../../src/catalog/dind.ts";
import { redis } from "../../../src/catalog/redis.ts";
import { waitCommand } from "../../../src/gitlab/jobs/wait.ts";
import { WAIT_FUNCTIONS } from "../../../src/gitlab/jobs/wait-functions.ts";
import { sandbox } from "../../../src/model/declaration/sandbox.ts";
import type { ServiceDefinition } from "../../../src/model/declaration/service.ts";
import { plan } from "../../../src/model/plan/plan-sandbox.ts";
import { exec, http, imageHealthcheck, log } from "../../../src/model/probe.ts";
import { secret } from "../../../src/model/text.ts";

/** The command that waits for a service. */
function commandFor(key: string, service: ServiceDefinition): string | undefined {
  const [planned] = plan(sandbox("box", { services: { [key]: service } })).services;
  if (!planned) throw new RangeError(key);
  return waitCommand(planned);
}

describe("the wait", () => {
  test("for a tcp probe, or no probe, dials the port", () => {
    expect(commandFor("db", { image: "a", ports: [5432] })).toBe("nestbox_wait db 30 nestbox_dial db 5432");
  });

  test("uses the first alias and the probe's time limit", () => {
    expect(
      commandFor("cache", redis({ alias: ["one", "two"], probe: http(80, "/up", { within: "1.5s" }) })),
    ).toBe(
      "nestbox_wait cache 2 nestbox_ask one 80 " +
        "'GET /up HTTP/1.0\\r\\nHost: localhost\\r\\n\\r\\n' 'HTTP/1.[01] [23]'",
    );
  });

  test("for Redis sends PING", () => {
    expect(commandFor("cache", redis())).toBe(
      "nestbox_wait cache 30 nestbox_ask cache 6379 'PING\\r\\nQUIT\\r\\n' +PONG",
    );
  });

  test("for Redis with a password dials the port, since only the service has the password", () => {
    expect(commandFor("cache", redis({ password: secret("p") }))).toBe(
      "nestbox_wait cache 30 nestbox_dial cache 6379",
    );
  });

  test("for Docker-in-Docker asks the daemon, with a certificate if it requires one", () => {
    expect(commandFor("docker", dind({ tls: false }))).toContain(
      "nestbox_ask docker 2375 'GET /_ping HTTP/1.0",
    );
    expect(commandFor("docker", dind({ alias: "my-docker" }))).toBe(
      "nestbox_wait docker 60 docker --host tcp://my-docker:2376 " +
        "--tlsverify --tlscacert /certs/client/ca.pem " +
        "--tlscert /certs/client/cert.pem --tlskey /certs/client/key.pem info",
    );
  });

  test.each([
    ["exec", exec("true")],
    ["log", log(/ready/)],
    ["image", imageHealthcheck()],
  ])("for an %s probe without fromOutside dials the port, or is left out without ports", (_, probe) => {
    expect(commandFor("a", { image: "a", ports: [1, 2], probe })).toBe("nestbox_wait a 30 nestbox_dial a 1");
    expect(commandFor("a", { image: "a", probe })).toBeUndefined();
  });

  test("escapes special characters", () => {
    const probe = exec("true", { fromOutside: { send: "50% -\\ 'a' é\n", expect: "*[?] \\" } });
    expect(commandFor("a", { image: "a", ports: [1], probe })).toBe(
      "nestbox_wait a 30 nestbox_ask a 1 '50%% \\055\\134 '\\''a'\\'' \\303\\251\\n' '\\*\\[\\?\\] \\\\'",
    );
  });
});

const TOOLS = ["bash", "python3", "perl", "nc", "curl"].flatMap((name) => {
  const { stdout } = spawnSync("sh", ["-c", `command -v ${name}`], { encoding: "utf8" });
  if (stdout === "") return [];
  // The program on PATH may be a script with dependencies.
  const real =
    name === "python3"
      ? spawnSync(name, ["-c", "import sys; print(sys.executable)"], { encoding: "utf8" }).stdout
      : stdout;
  return [{ name, program: real.trim() }];
});

let bin: string;
let server: Server;
let port: number;
let connections: Socket[];
let answers: string[];
let heard: string;

beforeEach(async () => {
  bin = mkdtempSync(path.join(tmpdir(), "nestbox-bin-"));
  for (const name of ["date", "head", "cat"]) symlinkSync(programOf(name), path.join(bin, name));
  // The tests need no pause of a second between two attempts.
  writeFileSync(path.join(bin, "sleep"), `#!/bin/sh\nexec ${programOf("sleep")} 0.01\n`, { mode: 0o755 });
  connections = [];
  answers = [];
  heard = "";
  server = createServer((socket) => {
    connections.push(socket);
    socket.on("error", () => undefined);
    socket.on("data", (data) => {
      heard = data.toString();
      socket.end((answers.length > 1 ? answers.shift() : answers[0]) ?? "");
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  port = (server.address() as { readonly port: number }).port;
});

afterEach(async () => {
  for (const socket of connections) socket.destroy();
  await new Promise((resolve) => server.close(resolve));
  rmSync(bin, { recursive: true });
});

test("this machine has bash", () => {
  expect(TOOLS.map(({ name }) => name)).toContain("bash");
});

describe.each(TOOLS)("with $name only", ({ name, program }) => {
  beforeEach(() => symlinkSync(program, path.join(bin, name)));

  test("the wait ends with the expected answer, not before", async () => {
    answers = ["-LOADING\r\n", "", "+PONG\r\n+OK\r\n"];
    const { code, output } = await shell(
      `nestbox_wait cache 20 nestbox_ask 127.0.0.1 ${port} 'PING\\r\\nQUIT\\r\\n' +PONG; echo ready`,
    );
    expect({ code, output }).toEqual({ code: 0, output: "ready\n" });
    expect(connections).toHaveLength(3);
    expect(heard).toBe("PING\r\nQUIT\r\n");
  });

  test("a dial succeeds with an open port", async () => {
    const { code } = await shell(`nestbox_wait cache 20 nestbox_dial 127.0.0.1 ${port}`);
    expect(code).toBe(0);
  });

  test("a closed port and a wrong answer fail the job after the time limit", async () => {
    const closed = await shell("nestbox_wait cache 0 nestbox_dial 127.0.0.1 1; echo not reached");
    expect(closed.code).toBe(1);
    expect(closed.output).toMatch(/^nestbox: service cache was not ready within 0 s: /);
    answers = ["-NOAUTH Authentication required.\r\n"];
    const wrong = await shell(
      `nestbox_wait cache 0 nestbox_ask 127.0.0.1 ${port} 'PING\\r\\n' +PONG; echo not reached`,
    );
    expect(wrong.code).toBe(1);
    expect(wrong.output).toContain(`${port} answers -NOAUTH Authentication required.`);
    expect(wrong.output).not.toContain("not reached");
  });

  test("a GET succeeds with a status of 2xx or 3xx only", async () => {
    const command = (commandFor("web", { image: "a", probe: http(port, "/up") }) ?? "")
      .replace(" 30 ", " 0 ")
      .replace("nestbox_ask web", "nestbox_ask localhost");
    answers = ["HTTP/1.1 204 No Content\r\n\r\n"];
    expect(await shell(command)).toMatchObject({ code: 0 });
    expect(heard).toContain("GET /up HTTP/1.0\r\n");
    answers = ["HTTP/1.1 503 Service Unavailable\r\n\r\n"];
    expect(await shell(command)).toMatchObject({ code: 1 });
  });
});

test("a hanging dial is stopped, as when packets are dropped", async () => {
  // A double of bash on a network that drops packets: the kernel gives up after minutes.
  writeFileSync(path.join(bin, "bash"), `#!/bin/sh\nexec ${programOf("sleep")} 60\n`, { mode: 0o755 });
  symlinkSync(programOf("timeout"), path.join(bin, "timeout"));
  const { code, output } = await shell("nestbox_wait cache 0 nestbox_dial 127.0.0.1 1; echo not reached");
  expect(code).toBe(1);
  expect(output).toContain("cache was not ready within 0 s: 127.0.0.1:1 did not answer within 5 s\n");
});

test("without any tool the job fails, naming the tools", async () => {
  const { code, output } = await shell("nestbox_wait cache 0 nestbox_dial localhost 1");
  expect(code).toBe(1);
  expect(output).toContain("none of bash, python3, perl, nc and curl to reach localhost:1 with; add one");
});

function shell(command: string): Promise<{ readonly code: number | null; readonly output: string }> {
  return new Promise((resolve) => {
    const child = spawn("/bin/sh", ["-ec", `${WAIT_FUNCTIONS}\n${command}`], { env: { PATH: bin } });
    let output = "";
    child.stdout.on("data", (data) => (output += data));
    child.stderr.on("data", (data) => (output += data));
    child.on("close", (code) => resolve({ code, output }));
  });
}

function programOf(name: string): string {
  return spawnSync("sh", ["-c", `command -v ${name}`], { encoding: "utf8" }).stdout.trim();
}
