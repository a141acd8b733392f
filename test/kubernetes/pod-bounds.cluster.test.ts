import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { sandbox } from "../../src/model/declaration/sandbox.ts";
import { applySandbox, type EmittedNamespace, inService, untilAvailable } from "./emitted-namespace.ts";

const IDLE = ["sh", "-c", "exec sleep 600"];

const declared = sandbox("bounds", {
  volumes: ["data", "own"],
  services: {
    bounded: {
      image: "redis:7-alpine",
      entrypoint: [],
      command: IDLE,
      user: "1000:1001",
      limits: { memory: "64MiB", cpus: 0.5 },
      tmpfs: { "/scratch": "8MiB" },
      extraHosts: { "API.example.com": "192.0.2.7", "www.example.com": "192.0.2.7", other: "192.0.2.8" },
      volumes: { "/data": "data", "/own": "own" },
    },
    reader: {
      image: "redis:7-alpine",
      entrypoint: [],
      command: IDLE,
      user: "2000",
      volumes: { "/data": "data" },
    },
    unbounded: { image: "redis:7-alpine", entrypoint: [], command: IDLE },
  },
});

let emitted: EmittedNamespace;
beforeAll(() => {
  emitted = applySandbox(declared);
  untilAvailable(emitted);
});
afterAll(() => emitted.remove());

function run(key: string, script: string): string {
  return inService(emitted, key, "sh", "-c", script).trim();
}

test("a process has the declared user and group", () => {
  expect(run("bounded", "id -u; id -g")).toBe("1000\n1001");
});

test("limits are those of the container's control group", () => {
  const script = (unified: string, legacy: string) =>
    `cat /sys/fs/cgroup/${unified} 2>/dev/null || cat /sys/fs/cgroup/${legacy}`;
  const memory = script("memory.max", "memory/memory.limit_in_bytes");
  const processor = script("cpu.max", "cpu/cpu.cfs_quota_us");
  expect(run("bounded", memory)).toBe(String(64 * 1024 ** 2));
  expect(run("bounded", processor)).toMatch(/^50000( 100000)?$/);
  expect(run("unbounded", processor)).toMatch(/^(-1|max 100000)$/);
});

test("a folder in memory belongs to the user, and is as large as declared", () => {
  expect(run("bounded", "grep ' /scratch ' /proc/mounts")).toMatch(/^tmpfs /);
  expect(run("bounded", "head -c 7m /dev/zero >/scratch/a && echo written")).toBe("written");
  expect(run("bounded", "head -c 2m /dev/zero 2>/dev/null >/scratch/b || echo full")).toBe("full");
});

test("extra hosts have their addresses", () => {
  const names = run("bounded", "cat /etc/hosts");
  for (const line of [/^192\.0\.2\.7\s+api\.example\.com\s+www\.example\.com$/m, /^192\.0\.2\.8\s+other$/m])
    expect(names).toMatch(line);
  expect(run("unbounded", "cat /etc/hosts")).not.toContain("192.0.2.");
});

test("two services share a volume, and each user writes to it", () => {
  expect(run("bounded", "echo one >/own/file && echo one >/data/one && cat /data/one")).toBe("one");
  expect(run("reader", "echo two >/data/two && cat /data/one /data/two")).toBe("one\ntwo");
});

test("a pod has no token for the API server", () => {
  expect(run("unbounded", "ls /var/run/secrets/kubernetes.io 2>/dev/null || echo none")).toBe("none");
});
