import * as pulumi from "@pulumi/pulumi";
import { LABEL } from "../../model/labels.ts";
import { labelList } from "../docker/label-list.ts";

/**
 * The labels of what belongs to a stack's runner. Without an owner: whoever cleans up after sandboxes shall
 * not end a runner.
 */
export function runnerLabels(kind: "runner" | "runner-config" | "registry-mirror") {
  return labelList({
    [LABEL.project]: pulumi.getProject(),
    [LABEL.stack]: pulumi.getStack(),
    [LABEL.kind]: kind,
  });
}
