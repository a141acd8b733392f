import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { kubernetesEmission } from "../../src/kubernetes/kubernetes-files.ts";
import { projectFileContents } from "../../src/kubernetes/project-file-contents.ts";
import type { Sandbox } from "../../src/model/declaration/sandbox.ts";
import { plan } from "../../src/model/plan/plan-sandbox.ts";
import { kubectl } from "../kubectl.ts";

const REPOSITORY = path.resolve(__dirname, "../..");

/** The emitted manifests of a sandbox in a folder, for a namespace that no other test has. */
export interface EmittedNamespace {
  readonly namespace: string;
  /** The folder with kustomization.yaml and secrets.env. */
  readonly folder: string;
  /** Removes the folder, and the namespace if it is there. */
  remove(): void;
}

/** Values that the emission of a sandbox takes from elsewhere. */
export interface EmissionInputs {
  /** The values of the sandbox's secrets. @default a value for each name */
  readonly secrets?: Readonly<Record<string, string>>;
  /** The folder of the project. @default this repository */
  readonly project?: string;
}

/** Emits a sandbox as `nestbox emit --target kubernetes` does. */
export function emitNamespace(
  declared: Sandbox,
  { secrets = {}, project = REPOSITORY }: EmissionInputs = {},
): EmittedNamespace {
  const namespace = `${declared.name}-${randomBytes(3).toString("hex")}`;
  const planned = { ...plan(declared, { profiles: "all" }), sandbox: namespace };
  const root = mkdtempSync(path.join(tmpdir(), "nestbox-kubernetes-"));
  const folder = path.join(root, "kubernetes", namespace);
  for (const { path: file, content } of kubernetesEmission([planned], projectFileContents([planned], project))
    .files) {
    mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
    writeFileSync(path.join(root, file), content);
  }
  const lines = planned.secrets.map((name) => `${name}=${secrets[name] ?? `value of ${name}`}\n`);
  if (lines.length > 0) writeFileSync(path.join(folder, "secrets.env"), lines.join(""));
  return {
    namespace,
    folder,
    remove: () => {
      rmSync(root, { recursive: true });
      kubectl("delete", "namespace", namespace, "--wait=false", "--ignore-not-found");
    },
  };
}

/** Emits a sandbox and creates it. Its services need not be ready yet. */
export function applySandbox(declared: Sandbox, inputs: EmissionInputs = {}): EmittedNamespace {
  const emitted = emitNamespace(declared, inputs);
  try {
    kubectl("apply", "--server-side", "-k", emitted.folder);
  } catch (error) {
    emitted.remove();
    throw error;
  }
  return emitted;
}

/** Waits until the Deployments of a namespace are available. */
export function untilAvailable({ namespace }: EmittedNamespace): void {
  const condition = ["--for=condition=Available", "--timeout=4m"];
  kubectl("--namespace", namespace, "wait", ...condition, "deployment", "--all");
}

/** The output of a command in the container of a service. */
export function inService(
  { namespace }: EmittedNamespace,
  key: string,
  ...command: readonly string[]
): string {
  return kubectl("--namespace", namespace, "exec", `deployment/${key}`, "-c", "service", "--", ...command);
}
