import * as pulumi from "@pulumi/pulumi";
import { nameBuildsOf } from "../../images/name-builds.ts";
import { clusterNetworkFrom } from "../../kubernetes/cluster-network.ts";
import { lowerToKubernetes } from "../../kubernetes/lowering/lower-to-kubernetes.ts";
import { type ClusterRequest, placeInCluster } from "../../kubernetes/place/placement.ts";
import { projectFileContents } from "../../kubernetes/project-file-contents.ts";
import { isoSeconds } from "../../ownership/ownership.ts";
import { stackOwnership } from "../../stacks/stack-identity.ts";
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
  const plan = nameBuildsOf(planComponent(named, args), projectFolder);
  const settings = programSettings();
  const place = `${componentPlace(named)}: privilegedImages`;
  const stack = { identity: programIdentity(), settings };
  const ownership = stackOwnership(stack.identity, settings, isoSeconds(new Date()));
  const request: ClusterRequest = {
    ownership: { ...ownership, component: name },
    settings: settings.kubernetes,
    privilegedImages: readSetting(
      "privilegedImages",
      args.privilegedImages ?? settings.privilegedImages,
      place,
    ),
    network: clusterNetworkFrom(settings.kubernetes, process.env),
    projectFiles: projectFileContents([plan], projectFolder),
  };
  // For a cluster without the sandbox: on another, some annotations and labels differ.
  const placement = placeInCluster(request);
  const objects = lowerToKubernetes(plan, placement);
  const secrets = sandboxSecrets(sandbox, plan, given);
  const bind = bindSecrets(secrets);
  return { sandbox, plan, stack, request, placement, objects, secrets, bind, projectFolder };
}
