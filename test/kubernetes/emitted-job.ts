import { execFileSync } from "node:child_process";
import path from "node:path";
import { eventually } from "../eventually.ts";
import { kubectl, tryKubectl } from "../kubectl.ts";
import type { EmittedNamespace } from "./emitted-namespace.ts";

/** How the container of a job ended. */
export interface JobResult {
  readonly exitCode: number;
  readonly output: string;
  /** The termination message. */
  readonly message: string;
  /** The reason in the condition of the failed Job. */
  readonly failure?: string;
}

interface PodStatus {
  readonly containerStatuses?: readonly {
    readonly state: { readonly terminated?: { readonly exitCode: number; readonly message?: string } };
  }[];
}

interface JobStatus {
  readonly conditions?: readonly {
    readonly type: string;
    readonly status: string;
    readonly reason?: string;
  }[];
}

/** Runs an emitted job to its end. `files` is the project's folder that the job waits for. */
export async function runEmittedJob(
  emitted: EmittedNamespace,
  key: string,
  { files }: { readonly files?: string } = {},
): Promise<JobResult> {
  const job = kubectl("create", "-f", jobFile(emitted, key), "-o", "name").trim();
  const pod = await eventually(() => podOf(emitted, job), { within: "60s" });
  if (files !== undefined) copyFiles(emitted, pod, files);
  const inNamespace = ["--namespace", emitted.namespace];
  return eventually(
    () => {
      const status: PodStatus = JSON.parse(kubectl(...inNamespace, "get", pod, "-o", "json")).status;
      const ended = status.containerStatuses?.[0]?.state.terminated;
      if (ended === undefined) throw new Error(`the pod has not ended: ${JSON.stringify(status)}`);
      const { conditions = [] }: JobStatus = JSON.parse(
        kubectl(...inNamespace, "get", job, "-o", "json"),
      ).status;
      const end = conditions.find(({ type }) => type === (ended.exitCode === 0 ? "Complete" : "Failed"));
      if (end?.status !== "True") throw new Error(`the Job has not ended: ${JSON.stringify(conditions)}`);
      return {
        exitCode: ended.exitCode,
        output: kubectl(...inNamespace, "logs", pod),
        message: ended.message ?? "",
        ...(ended.exitCode !== 0 && { failure: end.reason ?? "" }),
      };
    },
    { within: "3m" },
  );
}

/** The file that `kubectl create -f` takes. */
export function jobFile({ folder }: EmittedNamespace, key: string): string {
  return path.join(folder, "jobs", `${key}.yaml`);
}

function podOf({ namespace }: EmittedNamespace, job: string): string {
  const selector = `job-name=${job.replace(/^.*\//, "")}`;
  const pod = kubectl("--namespace", namespace, "get", "pod", "--selector", selector, "-o", "name").trim();
  if (pod === "") throw new Error(`${job} has no pod`);
  return pod;
}

/** As docs/kubernetes.md describes. */
function copyFiles({ namespace }: EmittedNamespace, pod: string, folder: string): void {
  const started = '{.status.initContainerStatuses[?(@.name=="project-files")].started}=true';
  kubectl("--namespace", namespace, "wait", `--for=jsonpath=${started}`, "--timeout=2m", pod);
  const archive = execFileSync("tar", ["-cf", "-", "-C", folder, "."]);
  const take = ["sh", "-c", "umask 0 && tar -xof - && touch /tmp/complete"];
  const into = ["--namespace", namespace, "exec", "-i", pod, "-c", "project-files", "--"];
  const { status, stderr } = tryKubectl([...into, ...take], archive);
  if (status !== 0) throw new Error(`the files were not copied: ${stderr}`);
}
