import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { promisify } from "node:util";
import { timeNode } from "./fresh.ts";
import { withPublishedProject } from "./published-project.ts";
import { inPairs, type Pair, timed } from "./rounds.ts";

/** The sandbox that is timed in a cluster. */
export const DECLARATION = `import { sandbox } from "nestbox";
import { redis } from "nestbox/catalog";

export default [sandbox("one", { services: { cache: redis() } })];
`;

const RUN = ["run", "one", "--fresh", "--target", "kubernetes"];

const READY = /^✓ sandbox/m;

type Kubectl = (...words: readonly string[]) => Promise<unknown>;

/**
 * Times a Redis in a namespace of its own until it is ready: `nestbox run -- true` without a stack, and
 * `kubectl apply` and `kubectl wait` of the emitted manifests. Removing is not timed: a namespace takes five
 * seconds to go.
 */
export function clusterSandboxes(repository: string, rounds: number): Promise<readonly Pair[]> {
  return withCluster(repository, (kubectl) =>
    withPublishedProject(DECLARATION, [], async ({ folder, nestbox }) => {
      await promisify(execFile)(process.execPath, nestbox("emit", "--target", "kubernetes"));
      const manifests = path.join(folder, "kubernetes", "one");
      const untilAvailable = ["wait", "--for=condition=Available", "--timeout=60s", "deployment", "--all"];
      const apply = async () => {
        const ready = await timed(async () => {
          await kubectl("apply", "--server-side", "-k", manifests);
          await kubectl("-n", "one", ...untilAvailable);
        });
        await kubectl("delete", "namespace", "one");
        return ready;
      };
      const run = async () => (await timeNode(nestbox(...RUN, "--", "true"), READY)).ready;
      return inPairs(rounds, run, apply);
    }),
  );
}

/**
 * Times the same run beside others inside one namespace, and in a namespace of its own. Each is a whole
 * command, until nothing of the sandbox is left but a namespace that goes.
 */
export function namespaceSandboxes(repository: string, rounds: number): Promise<readonly Pair[]> {
  return withCluster(repository, (kubectl) =>
    withPublishedProject(DECLARATION, [], async ({ nestbox }) => {
      const team = "bench-team";
      await kubectl("create", "namespace", team);
      try {
        const within = nestbox(...RUN, "--namespace", team, "--", "true");
        const own = nestbox(...RUN, "--", "true");
        return await inPairs(
          rounds,
          () => timed(() => promisify(execFile)(process.execPath, within)),
          () => timed(() => promisify(execFile)(process.execPath, own)),
        );
      } finally {
        await kubectl("delete", "namespace", team, "--wait=false");
      }
    }),
  );
}

/**
 * Starts sandboxes one after the other, all of which stay, and times each until it is ready.
 * @returns the times of the last five, and of those around the tenth
 */
export function clusterScale(repository: string, count: number): Promise<readonly Pair[]> {
  return withCluster(repository, () =>
    withPublishedProject(DECLARATION, [], async ({ nestbox }) => {
      const running: ChildProcess[] = [];
      const times: number[] = [];
      try {
        while (times.length < count) {
          const { child, ready } = await startSandbox(nestbox(...RUN, "--", "cat"));
          running.push(child);
          times.push(ready);
        }
        return times.slice(-5).map((late, index) => [late, times[8 + index] ?? Number.NaN] as const);
      } finally {
        for (const child of running) child.stdin?.end();
        await Promise.all(running.map((child) => child.exitCode ?? once(child, "exit")));
      }
    }),
  );
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
