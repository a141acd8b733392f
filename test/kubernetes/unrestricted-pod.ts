import { randomBytes } from "node:crypto";
import { applyObjects, kubectl } from "../kubectl.ts";

/** A pod in a namespace without policies. */
export interface UnrestrictedPod {
  /** The output of a command in it. */
  run(...command: readonly string[]): string;
  remove(): void;
}

/** Creates a pod that may send everything, and waits for it. */
export function createUnrestrictedPod(): UnrestrictedPod {
  const namespace = `unrestricted-${randomBytes(3).toString("hex")}`;
  const labels = { app: "unrestricted" };
  const container = { name: "redis", image: "redis:7-alpine" };
  applyObjects(
    { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } },
    {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "unrestricted", namespace },
      spec: {
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: { containers: [container], terminationGracePeriodSeconds: 0 },
        },
      },
    },
  );
  const deployment = ["--namespace", namespace, "deployment/unrestricted"];
  kubectl("wait", "--for=condition=Available", "--timeout=2m", ...deployment);
  return {
    run: (...command) => kubectl("exec", ...deployment, "--", ...command),
    remove: () => void kubectl("delete", "namespace", namespace, "--wait=false"),
  };
}
