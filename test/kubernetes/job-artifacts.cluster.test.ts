import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { PassThrough } from "node:stream";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { type NamespaceWatch, watchNamespace } from "../../src/kubernetes/readiness/namespace-watch.ts";
import { runJobInCluster } from "../../src/kubernetes/run-job.ts";
import { sandbox } from "../../src/model/declaration/sandbox.ts";
import { plan } from "../../src/model/plan/plan-sandbox.ts";
import { keepArtifacts } from "../../src/sandbox/jobs/keep-artifacts.ts";
import { eventually } from "../eventually.ts";
import { kubectl } from "../kubectl.ts";
import { type CreatedNamespace, createNamespace } from "./created-namespace.ts";

const USER = { image: "alpine:3.19", user: "1000:1000" } as const;

const declared = sandbox("leaves", {
  services: {},
  jobs: {
    passes: {
      ...USER,
      files: "examples/greeter",
      script: [
        "mkdir -p -- out/.hidden -dashed && echo one > out/.hidden/one && echo two > -dashed/two",
        "chmod 600 out/.hidden/one && chmod 755 -- -dashed/two",
        "ln -s /etc/passwd out/link && echo more >> greet && echo other > other",
      ],
      artifacts: { paths: ["out", "-dashed/", "gr*t", "missing"] },
    },
    links: {
      ...{ ...USER, script: ["ln -s /etc etc && mkdir in && echo in > in/a && ln -s in to", "ln -s in/a a"] },
      artifacts: { paths: ["etc/passwd", "to/a", "a"] },
    },
    fails: {
      ...{ ...USER, script: ["echo why > log.txt", "exit 7"] },
      artifacts: { paths: ["*.txt"], when: "on_failure" },
    },
    fails2: { ...USER, script: ["echo why > log.txt", "exit 7"], artifacts: { paths: ["log.txt"] } },
    slow: {
      ...{ ...USER, timeout: "20s", script: ["echo half > log.txt", "sleep 600"] },
      artifacts: { paths: ["log.txt"], when: "always" },
    },
    large: {
      ...{ ...USER, script: ["head -c 70000000 /dev/zero > zeros"] },
      artifacts: { paths: ["zeros"] },
    },
    image: {
      ...{ ...USER, workingFolder: "/etc/new", script: ["echo kept > /etc/new/note"] },
      artifacts: { paths: ["note"] },
    },
    root: {
      image: "alpine:3.19",
      script: ["echo mine > mine && chown 1234 mine && chmod 600 mine"],
      artifacts: { paths: ["."] },
    },
  },
});

const end = new AbortController();
let created: CreatedNamespace;
let watch: NamespaceWatch;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "nestbox-artifacts-"));
  created = await createNamespace(declared);
  level("restricted");
  watch = watchNamespace(created.cluster, created, end.signal);
});

afterAll(async () => {
  end.abort();
  await created?.remove();
  rmSync(folder, { recursive: true, force: true });
});

function level(name: string): void {
  const label = `pod-security.kubernetes.io/enforce=${name}`;
  kubectl("label", "namespace", created.namespace, "--overwrite", label);
}

/** Runs a job, and keeps what it leaves in a folder of its name. */
async function run(key: string) {
  const printed: string[] = [];
  const warned: string[] = [];
  const artifacts = plan(declared).jobs.find((job) => job.key === key)?.artifacts;
  if (artifacts === undefined) throw new RangeError(key);
  const progress = { print: (line: string) => printed.push(line), warn: (line: string) => warned.push(line) };
  const job = created.job(key);
  const ended = await runJobInCluster({
    ...{ watch, job, projectFolder: path.resolve(__dirname, "../.."), signal: end.signal },
    ...{ stdout: new PassThrough().resume(), warn: progress.warn },
    keepArtifacts: keepArtifacts(artifacts, path.join(folder, key), key, progress),
  });
  return { ...ended, warned, name: job.job.metadata.name ?? "" };
}

/** What was kept of a job. */
function kept(key: string): readonly string[] {
  const entries = readdirSync(path.join(folder, key), { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(path.join(folder, key), path.join(entry.parentPath, entry.name)))
    .sort();
}

function contentOf(key: string, file: string): string {
  return readFileSync(path.join(folder, key, file), "utf8");
}

test("what a job leaves is kept without links, and its pod is removed", async () => {
  const { warned, name, ...ended } = await run("passes");
  expect(ended).toEqual({ kind: "exited", exitCode: 0 });
  expect(kept("passes")).toEqual(["-dashed/two", "greet", "out/.hidden/one"]);
  expect(contentOf("passes", "out/.hidden/one")).toBe("one\n");
  expect(contentOf("passes", "greet")).toMatch(/\nmore\n$/);
  expect(statSync(path.join(folder, "passes/-dashed/two")).mode & 0o777).toBe(0o755);
  expect(warned).toContain('passes: no file for the artifacts "missing"');
  await eventually(
    () => expect(kubectl("-n", created.namespace, "get", "jobs,pods", "-o", "name")).not.toContain(name),
    { within: "60s" },
  );
});

test("a link is left out, and one to elsewhere is not followed", async () => {
  const { warned } = await run("links");
  expect(kept("links")).toEqual(["to/a"]);
  expect(warned).toEqual([
    'links: no file for the artifacts "etc/passwd"',
    'links: no file for the artifacts "a"',
  ]);
});

test("a failed job leaves what it is to leave then, and keeps its exit code", async () => {
  expect(await run("fails")).toMatchObject({ kind: "exited", exitCode: 7, warned: [] });
  expect(contentOf("fails", "log.txt")).toBe("why\n");
  expect(await run("fails2")).toMatchObject({ kind: "exited", exitCode: 7, warned: [] });
  expect(() => kept("fails2")).toThrow("ENOENT");
});

test("a job at the end of its time leaves what is there until then", async () => {
  expect(await run("slow")).toMatchObject({ kind: "timed out", warned: [] });
  expect(contentOf("slow", "log.txt")).toBe("half\n");
});

test("a file may be larger than the memory of the container that has it", async () => {
  expect(await run("large")).toMatchObject({ exitCode: 0, warned: [] });
  expect(statSync(path.join(folder, "large/zeros")).size).toBe(70_000_000);
});

test("a declared working folder has artifacts, too", async () => {
  expect(await run("image")).toMatchObject({ exitCode: 0, warned: [] });
  expect(kept("image")).toEqual(["note"]);
});

test("files of other users are kept for a job that runs as root", async () => {
  level("baseline");
  expect(await run("root")).toMatchObject({ exitCode: 0, warned: [] });
  expect(contentOf("root", "mine")).toBe("mine\n");
});
