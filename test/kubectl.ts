import { spawnSync } from "node:child_process";
import type { OwnCluster } from "../src/setup/airgap.ts";
import { nestbox } from "./run-nestbox.cjs";

/** What a run of kubectl gave. */
export interface KubectlRun {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

let found: OwnCluster | undefined;

/** The cluster of the tests. */
export function clusterStatus(): OwnCluster {
  return JSON.parse(nestbox("cluster", "status", "--json"));
}

/** The environment of a kubectl for the tests' cluster, and the program. */
export function kubectlCommand(): { readonly program: string; readonly env: NodeJS.ProcessEnv } {
  found ??= clusterStatus();
  return { program: found.kubectl ?? "kubectl", env: { ...process.env, KUBECONFIG: found.kubeconfig } };
}

/** Runs kubectl, and returns its exit code and both outputs. */
export function tryKubectl(words: readonly string[], input?: string | Buffer): KubectlRun {
  const { program, env } = kubectlCommand();
  const options = { env, encoding: "utf8", maxBuffer: 64 * 1024 ** 2 } as const;
  const { status, stdout, stderr, error } = spawnSync(program, words, { ...options, input: input ?? "" });
  if (error) throw error;
  return { status, stdout, stderr };
}

/**
 * The standard output of kubectl.
 * @throws Error with its messages if it fails
 */
export function kubectl(...words: readonly string[]): string {
  return outputOf(words);
}

/** Applies objects. */
export function applyObjects(...objects: readonly object[]): void {
  const list = JSON.stringify({ apiVersion: "v1", kind: "List", items: objects });
  outputOf(["apply", "--filename", "-"], list);
}

function outputOf(words: readonly string[], input?: string): string {
  const { status, stdout, stderr } = tryKubectl(words, input);
  if (status !== 0) throw new Error(`kubectl ${words.join(" ")} ended with ${status}: ${stderr}`);
  return stdout;
}
