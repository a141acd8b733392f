import type { Labels } from "../../model/labels.ts";

/** Labels as an argument of @pulumi/docker. */
export function labelList(labels: Labels): { readonly label: string; readonly value: string }[] {
  return Object.entries(labels).map(([label, value]) => ({ label, value }));
}
