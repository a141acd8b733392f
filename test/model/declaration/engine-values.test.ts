import { expect, test } from "@jest/globals";
import { problemsIn } from "../../sandboxes/problems-in.ts";

const HALF = "\ud800";
const LONG = "x".repeat(131_072);
const SURROGATE = "has half of a surrogate pair";

/** What engines refuse late or change silently, and what is said about it. */
const REFUSED: readonly (readonly [object, string])[] = [
  [{ command: ["a", HALF] }, `command[1]: ${SURROGATE}, which engines replace; remove it`],
  [
    { command: ["a", LONG] },
    "command[1]: has 131072 bytes, and Linux takes 131071 at most; put it into a file",
  ],
  // A hole, of which JSON makes an empty word.
  [{ command: Object.assign([], { 1: "a" }) }, "command[0]: is undefined; use a string"],
  [{ env: { A: HALF } }, `env.A: ${SURROGATE}`],
  [{ env: { A: LONG } }, "env.A: has 131072 bytes"],
  [{ labels: { a: "x\0" } }, "labels.a: has a NUL character"],
  [{ labels: { a: HALF } }, `labels.a: ${SURROGATE}`],
  [{ user: "" }, 'user: "" is not a user; use a name or an id, such as "1000" or "1000:1000"'],
  [{ user: ":" }, 'user: ":" is not a user'],
  [{ user: "a:b:c" }, 'user: "a:b:c" is not a user'],
  [{ user: "root\n" }, "is not a user"],
  [{ user: "-1" }, 'user: "-1" is not an id; use 0 to 2147483647'],
  [{ user: "1:2147483648" }, 'user: "2147483648" is not an id'],
  [{ platform: "linux/nope" }, 'platform: "linux/nope" is not a platform; use one such as "linux/arm64"'],
  [{ platform: "windows/amd64" }, 'platform: "windows/amd64" is not a platform'],
  [{ platform: "linux/arm/v99" }, 'platform: "linux/arm/v99" is not a platform'],
  [{ image: "a".repeat(256) }, "is not an image reference"],
  [{ image: `${"a".repeat(64)}:1` }, "is not an image reference"],
  [{ image: "localhost:65536/a" }, 'image: "localhost:65536/a" is not an image reference'],
  [{ workingFolder: `/${"a".repeat(256)}` }, "workingFolder: is too long for Linux; use at most 4095 bytes"],
  [{ workingFolder: "/a".repeat(2048) }, "workingFolder: is too long for Linux"],
  [{ tmpfs: { "/proc": "1MiB" } }, 'tmpfs: "/proc" is the kernel\'s; use another folder'],
  [{ tmpfs: { "/a/../proc": "1MiB" } }, "tmpfs: "],
  [{ tmpfs: { "/proc/x/": "1MiB" } }, 'tmpfs: "/proc/x/" is the kernel\'s'],
  [{ tmpfs: { "/dev/": "1MiB" } }, 'tmpfs: "/dev/" is the kernel\'s'],
  [{ shares: ["/sys"] }, 'shares[0]: "/sys" is the kernel\'s'],
  [
    { files: { "/dev/a": { content: "" } } },
    'files: "/dev/a" is hidden by the engine\'s own; use another path',
  ],
  [{ files: { "/proc/a": { content: "" } } }, 'files: "/proc/a" is hidden'],
  [{ files: { "/etc/hosts": { content: "" } } }, 'files: "/etc/hosts" is hidden'],
  [{ files: { "/etc/./resolv.conf": { content: "" } } }, "is hidden"],
  [{ files: { [`/${HALF}`]: { content: "" } } }, `files: ${SURROGATE}`],
  [{ files: { "/a": { content: HALF } } }, `files["/a"].content: ${SURROGATE}, which UTF-8 cannot express`],
  [
    { files: { "/t/a": { content: "" } }, tmpfs: { "/t": "1MiB" } },
    'files["/t/a"]: is hidden by the tmpfs /t/; move one of them',
  ],
  [
    { files: { "/a": { content: "" }, "//a": { content: "" } } },
    'files["//a"]: is the path of another file, too; remove one of them',
  ],
  [
    { files: { "/a/b": { content: "" }, "/a": { content: "" } } },
    'files["/a/b"]: is below /a, which is a file; move one of them',
  ],
  [{ extraHosts: { a: "fe80::1%eth0" } }, 'extraHosts.a: "fe80::1%eth0" is not an address'],
  [{ extraHosts: { ["a".repeat(254)]: "192.0.2.1" } }, "is not a host name"],
  [
    { ulimits: { nofile: -1 } },
    "ulimits.nofile: -1 is no limit of open files on Linux; use a number such as",
  ],
  [{ ulimits: { nofile: { soft: 1, hard: -1 } } }, "ulimits.nofile: -1 is no limit of open files on Linux"],
  [{ pidsLimit: 4_194_305 }, "pidsLimit: 4194305 is not a number of processes"],
  [
    { probe: { kind: "exec", command: ["true"], retries: 2 ** 31 } },
    "probe.retries: 2147483648 is not a positive whole number",
  ],
];

test.each(REFUSED.map(([properties, message]) => [message, properties] as const))(
  "%s",
  (message, properties) => {
    const problems = problemsIn({ services: { web: { image: "a", ...properties } } } as never, "box");
    expect(problems.join("\n")).toContain(message);
    expect(problems.join("\n")).toContain("box.services.web.");
  },
);

test("the folder of a job, which its files are mounted at, is not the kernel's", () => {
  const tests = { image: "a", script: ["true"], workingFolder: "/proc" };
  expect(problemsIn({ services: {}, jobs: { tests } }, "box")).toEqual([
    'box.jobs.tests.workingFolder: "/proc" is the kernel\'s; use another folder',
  ]);
});

test.each([
  { tmpfs: { "/dev/shm": "1MiB" } },
  { user: "app:1000" },
  { platform: "linux/arm/v7" },
  { image: "registry.example.com:5000/team/app:1.2" },
  { files: { "/etc/hosts.allow": { content: "" }, "/etc/a": { content: "" }, "/etc/ab": { content: "" } } },
  { command: ["\ud83d\ude00"] },
] as const)("%j is legal", (properties) => {
  expect(problemsIn({ services: { web: { image: "a", ...properties } } } as never, "box")).toEqual([]);
});
