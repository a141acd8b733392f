import { labelValue, ownerAnnotations } from "../../src/kubernetes/lowering/object-labels.ts";
import { LABEL } from "../../src/model/labels.ts";
import type { Ownership } from "../../src/ownership/ownership.ts";

/** The namespace of a stack's sandbox, as its manifest has it, without Pod Security. */
export function ownedNamespace(name: string, ownership: Ownership, sandbox = "shop") {
  return {
    apiVersion: "v1",
    kind: "Namespace",
    metadata: {
      name,
      labels: { [LABEL.owner]: labelValue(ownership.owner), [LABEL.sandbox]: sandbox } as Record<
        string,
        string
      >,
      annotations: { ...ownerAnnotations(ownership), [LABEL.component]: sandbox },
    },
  };
}
