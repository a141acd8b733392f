import * as k8s from "@pulumi/kubernetes";
import { KubernetesSandbox } from "nestbox/pulumi/kubernetes";
import everything from "./everything.ts";

const provider = new k8s.Provider("cluster", {
  kubeconfig: process.env.KUBECONFIG ?? "",
  enableSecretMutable: true,
});

const box = new KubernetesSandbox(
  "everything",
  { sandbox: everything, secrets: { password: "hunter2" } },
  {
    provider,
    transforms: [
      async ({ type, props, opts }) =>
        type === "kubernetes:core/v1:LimitRange"
          ? { props: { ...props, metadata: { ...props.metadata, labels: { transformed: "yes" } } }, opts }
          : undefined,
    ],
  },
);

export const { namespace } = box;
