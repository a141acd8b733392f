import * as pulumi from "@pulumi/pulumi";
import { LABEL } from "../../model/labels.ts";
import { labelList } from "../docker/label-list.ts";

/** The labels of a component's runner. They have no owner, so that `gc` does not remove the runner. */
export function runnerLabels(component: string, kind: "runner" | "runner-config" | "registry-mirror") {
  return labelList({
    [LABEL.project]: pulumi.getProject(),
    [LABEL.stack]: pulumi.getStack(),
    [LABEL.component]: component,
    [LABEL.kind]: kind,
  });
}
