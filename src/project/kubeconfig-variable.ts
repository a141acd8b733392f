import path from "node:path";
import type { Environment } from "../machine/environment.ts";

/**
 * KUBECONFIG with absolute paths. As with kubectl, relative ones start from the current folder. Pulumi runs
 * the program in another one.
 */
export function absoluteKubeconfig({ KUBECONFIG }: Environment): Readonly<Record<string, string>> {
  if (!KUBECONFIG) return {};
  const files = KUBECONFIG.split(path.delimiter).filter((file) => file !== "");
  return { KUBECONFIG: files.map((file) => path.resolve(file)).join(path.delimiter) };
}
