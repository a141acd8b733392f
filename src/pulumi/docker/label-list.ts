import * as pulumi from "@pulumi/pulumi";
import { LABEL, type Labels } from "../../model/labels.ts";

/** Labels as an argument of @pulumi/docker. */
export function labelList(labels: Labels): { readonly label: string; readonly value: string }[] {
  return Object.entries(labels).map(([label, value]) => ({ label, value }));
}

/** The labels of a stack's runner or clean-up. They have no owner, so that `gc` does not remove it. */
export function ownerlessLabels(
  kind: "clean-up" | "runner" | "runner-config" | "registry-mirror",
  component?: string,
) {
  return labelList({
    [LABEL.project]: pulumi.getProject(),
    [LABEL.stack]: pulumi.getStack(),
    ...(component !== undefined && { [LABEL.component]: component }),
    [LABEL.kind]: kind,
  });
}
