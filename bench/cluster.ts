import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { installPackages, timeNode } from "./fresh.ts";
import { inPairs, type Pairs } from "./pairs.ts";

/** The sandbox that is timed in a cluster. */
export const DECLARATION = `import { sandbox } from "nestbox";
import { redis } from "nestbox/catalog";

export default [sandbox("one", { services: { cache: redis() } })];
`;

const READY = /^✓ sandbox/m;

/** A project with the published package, and a cluster. */
interface ClusterProject {
  readonly folder: string;
  /** The words of Node for a command in the project. */
  readonly nestbox: (...words: readonly string[]) => readonly string[];
  readonly kubectl: Kubectl;
}

export type Kubectl = (...words: readonly string[]) => Promise<unknown>;

/**
 * Times a Redis in a namespace of its own until it is ready: `nestbox run -- true` without a stack, and
 * `kubectl apply` and `kubectl wait` of the emitted manifests. Removing is not timed: a namespace takes five
 * seconds to go.
 */
export function clusterSandboxes(repository: string, rounds: number): Promise<Pairs> {
  return withClusterProject(repository, async ({ folder, nestbox, kubectl }) => {
    await promisify(execFile)(process.execPath, nestbox("emit", "--target", "kubernetes"));
    const manifests = path.join(folder, "kubernetes", "one");
    const apply = async () => {
      const started = performance.now();
      await kubectl("apply", "--server-side", "-k", manifests);
      await kubectl("-n", "one", "wait", "--for=condition=Available", "--timeout=60s", "deployment", "--all");
      const ready = performance.now() - started;
      await kubectl("delete", "namespace", "one");
      return ready;
    };
    const run = async () => (await timeNode(nestbox(...RUN, "true"), READY)).ready;
    return inPairs(rounds, run, apply);
  });
}

const RUN = ["run", "one", "--fresh", "--target", "kubernetes", "--"];

/**
 * Starts sandboxes one after the other, all of which stay, and times each until it is ready.
 * @returns the times of the last five, and of those around the tenth
 */
export function clusterScale(repository: string, count: number): Promise<Pairs> {
  return withClusterProject(repository, async ({ nestbox }) => {
    const running: ChildProcess[] = [];
    const times: number[] = [];
    try {
      while (times.length < count) {
        const { child, ready } = await startSandbox(nestbox(...RUN, "cat"));
        running.push(child);
        times.push(ready);
      }
      return { one: times.slice(-5), other: times.slice(8, 13) };
    } finally {
      for (const child of running) child.stdin?.end();
      await Promise.all(running.map((child) => child.exitCode ?? once(child, "exit")));
    }
  });
}

/** Starts a sandbox that stays until the input of its command ends. */
async function startSandbox(
  words: readonly string[],
): Promise<{ readonly child: ChildProcess; readonly ready: number }> {
  const started = performance.now();
  const child = spawn(process.execPath, words, { stdio: ["pipe", "ignore", "pipe"] });
  let output = "";
  for await (const text of child.stderr.setEncoding("utf8").iterator({ destroyOnReturn: false })) {
    output += text;
    if (READY.test(output)) return { child, ready: performance.now() - started };
  }
  throw new Error(`${words.join(" ")} ended: ${output}`);
}

/** Works in a project with the published package, on a cluster. */
function withClusterProject<Result>(
  repository: string,
  work: (project: ClusterProject) => Promise<Result>,
): Promise<Result> {
  return withCluster(repository, async (kubectl) => {
    const folder = mkdtempSync(path.join(tmpdir(), "nestbox-bench-cluster-"));
    const main = path.join(folder, "node_modules", "nestbox", "dist", "cli", "main.mjs");
    try {
      mkdirSync(path.join(folder, "sandboxes"));
      writeFileSync(path.join(folder, "package.json"), '{ "type": "module" }');
      writeFileSync(path.join(folder, "sandboxes", "index.ts"), DECLARATION);
      await installPackages(folder);
      return await work({ folder, nestbox: (...words) => [main, "--project", folder, ...words], kubectl });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
}

/**
 * Works with a cluster of the engine, which is stopped afterwards if it did not run before. Its kubeconfig is
 * the KUBECONFIG of this process.
 */
export async function withCluster<Result>(
  repository: string,
  work: (kubectl: Kubectl) => Promise<Result>,
): Promise<Result> {
  const cluster = async (...words: string[]) => {
    const command = [path.join(repository, "src/cli/main.mjs"), "--project", repository, "cluster", ...words];
    const options = { env: { ...process.env, CI: "true" } };
    return (await promisify(execFile)(process.execPath, command, options)).stdout;
  };
  const ran = JSON.parse(await cluster("status", "--json").catch(() => "null")) !== null;
  await cluster("start");
  try {
    const { kubeconfig, kubectl = "kubectl" } = JSON.parse(await cluster("status", "--json"));
    process.env.KUBECONFIG = kubeconfig;
    return await work((...words) => promisify(execFile)(kubectl, words));
  } finally {
    if (!ran) await cluster("stop");
  }
}
