import { chmodSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { namedAlike, ownedBy, runIn, serviceContainer } from "./engine-view.ts";
import { askRedis, ownAddresses, type PacketReceiver, receivePackets } from "./packets.ts";
import { type CommandEnd, type UserProject, userProject } from "./user-project.ts";

let project: UserProject;
let packets: PacketReceiver;

/** Values that a shell, a template or a notation might change. */
const ODD: Readonly<Record<string, string>> = {
  NEWLINES: "one\ntwo\r\n\tthree\n",
  QUOTES: "'single' \"double\" `back` \\ \\n",
  DOLLARS: "$HOME $$ ${HOME} $(id) %s {{x}} !",
  NOT_ASCII: "Grüße 漢字 🐚",
  EMPTY: "",
  SPACES: "  a  b ",
  EQUALS: "a=b=c",
  LONG: "x".repeat(20_000),
};

/** A script that pings Redis servers, one argument each, and sends a datagram with its name to the test. */
const PROBE = `
import os, socket, sys

def ask(host):
    try:
        with socket.create_connection((host, 6379), timeout=2) as connection:
            connection.settimeout(2)
            connection.sendall(b"PING\\r\\n")
            return connection.recv(100).decode().splitlines()[0]
    except OSError as error:
        return type(error).__name__

for host in sys.argv[1:]:
    print(host, ask(host))
for address in os.environ["HOST_ADDRESSES"].split():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        try:
            sender.sendto(os.environ["NAME"].encode(), (address, int(os.environ["PORT"])))
        except OSError as error:
            print("not sent:", type(error).__name__)
`;

/** Declares the sandbox. Up creates no jobs, so their environment may change without another up. */
function declare(addresses: Readonly<Record<string, string>> = {}): void {
  const env = (name: string) => JSON.stringify({ NAME: name, PORT: String(packets.port), ...addresses });
  const python = 'image: "python:3.10", files: "probe"';
  project.declare(`sandbox("cells", {
    networks: { back: { internal: true }, front: {} },
    volumes: ["shared"],
    services: {
      both: redis({ networks: ["back", "front"], alias: ["both", "store"], publish: true }),
      inner: redis({ networks: ["back"] }),
      outer: redis({ networks: ["front"] }),
      keeper: {
        image: "alpine:3.19",
        networks: ["front"],
        command: ["sh", "-c", "trap exit TERM; echo from the service > /shared/note; sleep 1000 & wait"],
        volumes: { "/shared": "shared" },
        tmpfs: { "/scratch": "1MiB" },
        files: {
          "/etc/app.conf": { content: "home='$HOME'\\n" },
          "/opt/app": { path: "app" },
        },
        env: ${JSON.stringify(ODD)},
        limits: { memory: "64MiB" },
        probe: exec("test -s /shared/note"),
      },
    },
    jobs: {
      "from-front": {
        ${python}, networks: ["front"], env: ${env("front")},
        script: ["python probe.py both store outer inner $INNER_ADDRESS"],
      },
      "from-back": {
        ${python}, networks: ["back"], env: ${env("back")},
        script: ["python probe.py both store inner outer $OUTER_ADDRESS"],
      },
      seven: {
        image: "alpine:3.19", networks: ["front"],
        script: ["echo to stdout", "echo to stderr >&2", "exit 7", "echo never"],
        cleanup: ["echo cleaned up; exit 9"],
      },
      odd: {
        ${python}, networks: ["front"], env: ${JSON.stringify(ODD)},
        script: ["python -c 'import json, os; print(json.dumps(dict(os.environ)))'"],
      },
      writes: {
        ${python}, networks: ["front"],
        script: ["pwd; ls", "touch new; echo changed > probe.py; ls"],
        artifacts: { paths: ["new", "*.py", "missing/"] },
      },
      volume: {
        image: "alpine:3.19", networks: ["front"], volumes: { "/shared": "shared" },
        script: ["cat /shared/note"],
      },
      cached: {
        image: "alpine:3.19", networks: ["front"], user: "nobody",
        cache: { paths: ["downloads"], key: { files: ["lock"] } },
        script: ["cat downloads/note || echo empty", "echo kept > downloads/note"],
      },
      slow: {
        image: "alpine:3.19", networks: ["front"], timeout: "4s",
        script: ["echo started", "sleep 1000"],
      },
    },
  })`);
}

function run(...words: readonly string[]): Promise<CommandEnd> {
  return project.nestbox(["run", "cells", ...words]);
}

/** The address that this machine would have on the bridge: the first of the container's /28 subnet. */
function gatewayOf(address: string): string {
  const [a, b, c, d] = address.split(".").map(Number);
  return [a, b, c, Math.floor((d ?? 0) / 16) * 16 + 1].join(".");
}

beforeAll(async () => {
  project = userProject("e2e-running");
  packets = await receivePackets();
  project.configure({ sandboxes: ["cells"] });
  project.write("probe/probe.py", PROBE);
  project.write("app/run.sh", "#!/bin/sh\necho it runs\n");
  chmodSync(path.join(project.folder, "app/run.sh"), 0o755);
  project.write("app/deep/down/data.txt", "data\n");
});

beforeEach(async () => {
  declare();
  await project.bringUp();
  const addressOf = async (service: string) =>
    Object.values((await serviceContainer(project.owner, service)).NetworkSettings.Networks)[0]?.IPAddress ??
    "";
  declare({
    INNER_ADDRESS: await addressOf("inner"),
    OUTER_ADDRESS: await addressOf("outer"),
    HOST_ADDRESSES: [...ownAddresses(), gatewayOf(await addressOf("inner"))].join(" "),
  });
});

afterAll(async () => {
  packets.close();
  await project.remove();
});

describe("networks", () => {
  test("a job reaches the services of its network by alias, and no others; its packets get out", async () => {
    const { stdout, exitCode } = await run("from-front");
    expect(exitCode).toBe(0);
    const lines = stdout.trim().split("\n").slice(1);
    expect(lines.slice(0, 3)).toEqual(["both +PONG", "store +PONG", "outer +PONG"]);
    expect(lines).toHaveLength(5);
    // A gateway may accept the connection, so only the answer counts.
    expect(lines.slice(3).filter((line) => line.includes("PONG"))).toEqual([]);
    await packets.arrival("front");
  });

  test("nothing gets out of an internal network", async () => {
    const { stdout, exitCode } = await run("from-back");
    expect(exitCode).toBe(0);
    const lines = stdout.trim().split("\n").slice(1);
    expect(lines.slice(0, 3)).toEqual(["both +PONG", "store +PONG", "inner +PONG"]);
    expect(lines.slice(3).filter((line) => line.includes("PONG"))).toEqual([]);
    // A later packet from the other network has arrived: this one would have too.
    await run("from-front");
    await packets.arrival("front");
    expect(packets.received).not.toContain("back");
  });
});

test("logs, exec and connect work in a stack's sandbox", async () => {
  const { stdout } = await project.succeed("logs", "--tail", "1");
  expect(stdout).toMatch(/^outer {2}\| .*Ready to accept/m);
  const read = ["exec", "cells", "keeper", "--", "cat", "/shared/note"];
  expect((await project.succeed(...read)).stdout).toBe("from the service\n");
  expect((await project.succeed("connect", "inner", "--", "ping")).stdout).toBe("PONG\n");
});

describe("a published port", () => {
  test("is reachable on the loopback, and on no other address of this machine", async () => {
    const { stdout } = await project.nestbox(["ls", "--json"]);
    const [, port = "0"] =
      /"6379": "127\.0\.0\.1:(\d+)"/.exec(stdout.slice(stdout.indexOf(project.owner))) ?? [];
    expect(await askRedis("127.0.0.1", Number(port))).toBe("+PONG");
    expect(ownAddresses()).not.toEqual([]);
    for (const address of ownAddresses()) expect(await askRedis(address, Number(port))).not.toBe("+PONG");
  });

  test("that is not declared is not reachable", async () => {
    const { NetworkSettings, HostConfig } = await serviceContainer(project.owner, "outer");
    expect(Object.values(NetworkSettings.Ports).flatMap((bindings) => bindings ?? [])).toEqual([]);
    expect(HostConfig.PublishAllPorts).toBe(false);
  });
});

describe("a service", () => {
  test("has its files, read-only, with their executable bits", async () => {
    const { Id } = await serviceContainer(project.owner, "keeper");
    const look =
      "cat /etc/app.conf /opt/app/deep/down/data.txt; /opt/app/run.sh; " +
      "stat -c '%a %u' /opt/app/run.sh /etc/app.conf";
    expect(await runIn(Id, ["sh", "-c", look])).toBe("home='$HOME'\ndata\nit runs\n555 0\n444 0\n");
  });

  test("has its environment exactly as declared", async () => {
    const { Config } = await serviceContainer(project.owner, "keeper");
    const found = Object.fromEntries(Config.Env.map((entry) => entry.split(/=(.*)/s).slice(0, 2)));
    expect(found).toMatchObject(ODD);
  });

  test("has its limits and minimal privileges", async () => {
    const { HostConfig } = await serviceContainer(project.owner, "keeper");
    expect(HostConfig).toMatchObject({
      Memory: 64 * 1024 ** 2,
      MemorySwap: 64 * 1024 ** 2,
      Privileged: false,
      Tmpfs: { "/scratch": "size=1048576" },
      RestartPolicy: { Name: "no" },
    });
    expect(HostConfig.Binds ?? []).toEqual([]);
  });
});

describe("run", () => {
  afterEach(async () => {
    // It leaves no container or volume of a job.
    const names = await namedAlike("e2e-running_cells_");
    expect(names.filter((name) => /seven|odd|writes|volume|slow|from-/.test(name))).toEqual([]);
  });

  test("exits with the job's exit code after its cleanup, and separates its streams", async () => {
    const { exitCode, stdout, stderr } = await run("seven");
    expect(exitCode).toBe(7);
    expect(stdout).toMatch(/^\$ echo to stdout\nto stdout\n/);
    expect(stdout).toMatch(/\ncleaned up\n$/);
    expect(stdout).not.toMatch(/^never$|^to stderr$/m);
    expect(stderr).toMatch(/^to stderr$/m);
    expect(stderr).toMatch(/✗ cells seven .* failed with exit code 7/);
  });

  test("gives a job its environment exactly as declared", async () => {
    const { stdout } = await run("odd");
    expect(JSON.parse(stdout.trim().split("\n").at(-1) ?? "")).toMatchObject(ODD);
  });

  test("gives a job a copy of the project's files, which it may change", async () => {
    const before = readFileSync(path.join(project.folder, "probe/probe.py"), "utf8");
    const { exitCode, stdout } = await run("writes");
    expect(stdout).toContain("\n/workspace\nprobe.py\n");
    expect(stdout).toContain("\nnew\nprobe.py\n");
    expect(exitCode).toBe(0);
    expect(readdirSync(path.join(project.folder, "probe"))).toEqual(["probe.py"]);
    expect(readFileSync(path.join(project.folder, "probe/probe.py"), "utf8")).toBe(before);
  });

  test("keeps what a job leaves, in a folder that git ignores, and reports the ends of jobs", async () => {
    const report = path.join(project.folder, "jobs.xml");
    const { stdout, stderr } = await project.nestbox(["run", "cells", "writes", "--report", report]);
    const artifacts = path.join(project.folder, ".nestbox/artifacts/cells");
    expect(readdirSync(path.join(artifacts, "writes")).sort()).toEqual(["new", "probe.py"]);
    expect(readFileSync(path.join(artifacts, "writes/probe.py"), "utf8")).toBe("changed\n");
    expect(readFileSync(path.join(artifacts, ".gitignore"), "utf8")).toBe("*\n");
    expect(`${stdout}${stderr}`).toMatch(/cells writes: no file for the artifacts "missing"/);
    expect(`${stdout}${stderr}`).toMatch(/cells writes: 2 artifacts in /);
    expect(readFileSync(report, "utf8")).toContain('<testcase classname="cells" name="writes"');
  });

  test("gives a job the sandbox's volumes", async () => {
    expect((await run("volume")).stdout).toContain("\nfrom the service\n");
  });

  test("gives a job what an earlier run cached, by the contents of a file", async () => {
    project.write("lock", "1");
    expect((await run("cached")).stdout).toContain("\nempty\n");
    expect((await run("cached")).stdout).toContain("\nkept\n");
    project.write("lock", "2");
    expect((await run("cached")).stdout).toContain("\nempty\n");
  });

  test("ends a job at its timeout", async () => {
    const { exitCode, stdout, stderr } = await run("slow");
    expect(exitCode).toBe(124);
    expect(stdout).toContain("\nstarted\n");
    expect(stderr).toMatch(/✗ cells slow .* took longer than 4s/);
  });
});

test("down leaves nothing", async () => {
  const removed = await project.nestbox(["down", "--volumes"]);
  expect(removed).toMatchObject({ exitCode: 0 });
  expect(removed.stderr).toMatch(/removed volume nestbox-cache-|removed nestbox-cache-\S+, nestbox-cache-/);
  expect(await ownedBy(project.owner)).toEqual([]);
  expect(await namedAlike("e2e-running")).toEqual([]);
});
