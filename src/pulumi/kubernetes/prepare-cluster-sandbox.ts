import * as pulumi from "@pulumi/pulumi";
import { lowerToKubernetes } from "../../kubernetes/lowering/lower-to-kubernetes.ts";
import { projectFileContents } from "../../kubernetes/project-file-contents.ts";
import { type ClusterRequest, placeInCluster } from "../../stacks/place-in-cluster.ts";
import { clusterNetworkFrom } from "../../stacks/place-network-from.ts";
import { readSetting } from "../../stacks/stack-settings.ts";
import { programIdentity } from "../program-identity.ts";
import { programSettings } from "../program-settings.ts";
import { componentPlace, planComponent, requireArguments } from "../sandbox/component-arguments.ts";
import type { SandboxArgs } from "../sandbox/sandbox-args.ts";
import { bindSecrets, sandboxSecrets } from "../sandbox/secrets.ts";

/** A component's sandbox, checked before the first resource. */
export type PreparedClusterSandbox = ReturnType<typeof prepareClusterSandbox>;

/**
 * Checks the arguments of a component, and plans its sandbox.
 * @throws ConfigurationError for a wrong argument or setting, a secret without a value, a missing file, and a
 * property that Kubernetes would refuse
 */
export function prepareClusterSandbox(name: string, args: SandboxArgs) {
  const named = { component: "KubernetesSandbox", name } as const;
  const {
    sandbox,
    secrets: given,
    projectFolder = pulumi.getRootDirectory(),
  } = requireArguments(named, args);
  const plan = planComponent(named, args);
  const settings = programSettings();
  const place = `${componentPlace(named)}: privilegedImages`;
  const request: ClusterRequest = {
    identity: programIdentity(),
    component: name,
    settings,
    ...(args.privilegedImages !== undefined && {
      privilegedImages: readSetting("privilegedImages", args.privilegedImages, place),
    }),
    network: clusterNetworkFrom(settings.kubernetes, process.env),
    projectFiles: projectFileContents([plan], projectFolder),
    now: new Date(),
  };
  // For a cluster without the sandbox: on another, some annotations and labels differ.
  const objects = lowerToKubernetes(plan, placeInCluster(request));
  const secrets = sandboxSecrets(sandbox, plan, given);
  return { sandbox, plan, request, objects, secrets, bind: bindSecrets(secrets) };
}
