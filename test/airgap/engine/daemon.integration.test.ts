import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test } from "@jest/globals";
import { engineRoot } from "../../../airgap/engine/engine-root.ts";
import { cacheFolder } from "../../../src/machine/cache-folder.ts";
import { loadAirgap } from "../../../src/setup/airgap.ts";

// The real engine, isolated from the one in use: in its own network namespace, with an empty /run and its own
// data.

const REPOSITORY = join(__dirname, "../../..");

let root: string;
let cache: string;
let machine: ChildProcess;
let machinePid: string;

beforeAll(async () => {
  const dependencies = loadAirgap(REPOSITORY, process.env)?.dependencies;
  if (dependencies === undefined) throw new Error("nestbox-airgap is not installed; run npm install");
  // The set-up has made it where the project's own engine is in use.
  root = await engineRoot({ cache: cacheFolder(process.env), dependencies, onDetail() {} });
  cache = mkdtempSync(join(tmpdir(), "nestbox-engine-"));
  mkdirSync(join(cache, "engine"));
  symlinkSync(root, join(cache, "engine", basename(root)));
  const script = "mount -t tmpfs none /run && ip link set lo up && echo $$ && exec sleep infinity";
  machine = spawn("unshare", ["--net", "--mount", "sh", "-c", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [line] = await once(machine.stdout ?? machine, "data");
  machinePid = String(line).trim();
}, 600_000);

beforeEach(() => {
  control("start");
});

afterAll(async () => {
  try {
    control("stop");
  } finally {
    machine.kill("SIGKILL");
    await once(machine, "exit");
    rmSync(cache, { recursive: true });
  }
});

function onMachine(command: string, ...args: readonly string[]): string {
  const enter = [`--target=${machinePid}`, "--net", "--mount", "--", command, ...args];
  return execFileSync("nsenter", enter, { stdio: ["ignore", "pipe", "pipe"], encoding: "utf8" }).trim();
}

/** Runs the project's code in the isolated namespaces, and returns its answer. */
function control(verb: "start" | "stop"): unknown {
  const module = JSON.stringify(join(REPOSITORY, "src/setup/airgap.ts"));
  const request = `{ cache: ${JSON.stringify(cache)}, mtu: 1380, useMirror: true, onDetail() {},
    dependencies: airgap.dependencies }`;
  const call = verb === "start" ? `startEngine(${request})` : "stopEngine(airgap.dependencies)";
  const script = `const { loadAirgap } = await import(${module});
    const airgap = loadAirgap(${JSON.stringify(REPOSITORY)}, process.env);
    console.log(JSON.stringify(await airgap.${call}));`;
  return JSON.parse(onMachine(process.execPath, "--input-type=module", "-e", script));
}

function docker(...args: readonly string[]): string {
  return onMachine(join(root, "usr/bin/docker"), "--host", "unix:///run/docker.sock", ...args);
}

function processOf(): string {
  return onMachine("cat", "/run/nestbox-engine/process").split(" ")[0] ?? "";
}

test("the engine starts, stays, and is found again", () => {
  expect(control("start")).toMatchObject({ mirror: "http://10.201.0.1:5000" });
  const first = processOf();
  expect(control("start")).toMatchObject({ docker: { host: "unix:///run/docker.sock" } });
  expect(processOf()).toBe(first);
  expect(onMachine("ip", "link", "show", "docker0")).toContain(" mtu 1380 ");
  const network = docker("network", "create", "small-packets").slice(0, 12);
  expect(onMachine("ip", "-4", "-o", "address", "show", `br-${network}`)).toContain(" 10.201.");
});

test("only root may command it", () => {
  expect(onMachine("stat", "--format=%a %U %G", "/run/docker.sock")).toBe("660 root root");
  expect(onMachine("stat", "--format=%a", "/run/nestbox-engine")).toBe("700");
});

test("its mirror accepts no push", () => {
  const upload = "http://10.201.0.1:5000/v2/library/redis/blobs/uploads/";
  const curl = ["--silent", "--retry", "50", "--retry-connrefused", "--retry-delay", "1"];
  const status = ["--output", "/dev/null", "--write-out", "%{http_code}"];
  expect(onMachine("curl", ...curl, ...status, "--request", "POST", upload)).toBe("405");
});

test("a host's folder is the same in a container, certificates included", () => {
  const seen = onMachine("sh", "-c", `ls ${REPOSITORY} /etc/ssl/certs`);
  const inside = onMachine(
    "nsenter",
    `--target=${processOf()}`,
    "--mount",
    "ls",
    REPOSITORY,
    "/etc/ssl/certs",
  );
  expect(inside).toBe(seen);
});

test("a killed engine ends with all its processes, and the next one starts", () => {
  docker("network", "create", "kept");
  onMachine("ip", "link", "add", "br-0123456789ab", "type", "bridge");
  const engine = processOf();
  onMachine("kill", "-KILL", engine);
  onMachine("ip", "link", "set", "docker0", "down");
  control("start");
  expect(processOf()).not.toBe(engine);
  expect(docker("network", "ls", "--format", "{{.Name}}").split("\n")).toEqual(
    expect.arrayContaining(["kept"]),
  );
  expect(onMachine("ip", "-o", "link")).not.toContain("br-0123456789ab");
});

test("stopped, it is gone with everything that it started", () => {
  const engine = processOf();
  const started = execFileSync("ps", ["-o", "pid=", "--ppid", engine], { encoding: "utf8" })
    .trim()
    .split(/\s+/);
  expect(started.length).toBeGreaterThan(0);
  expect(control("stop")).toBe(true);
  expect([engine, ...started].filter((pid) => existsSync(`/proc/${pid}`))).toEqual([]);
  expect(control("stop")).toBe(false);
});
