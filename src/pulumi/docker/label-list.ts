import type { Labels } from "../../model/labels.ts";

/** Labels as @pulumi/docker takes them. */
export function labelList(labels: Labels): { readonly label: string; readonly value: string }[] {
  return Object.entries(labels).map(([label, value]) => ({ label, value }));
}
