import { existsSync } from "node:fs";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { type KubernetesContext, parseContext, readContext } from "../../kubernetes/api/kubeconfig.ts";
import { explaining } from "../program-error.ts";
import { programSettings } from "../program-settings.ts";
import { providerInputs } from "../provider-inputs.ts";

/** The provider of a component's objects, and how the program itself reaches its cluster. */
export interface ComponentCluster {
  readonly provider: k8s.Provider;
  readonly context: pulumi.Output<KubernetesContext>;
}

/** The settings of Pulumi's Kubernetes provider that say where its cluster is. */
interface Place {
  /** The content or the path of a kubeconfig. Empty: that of the environment. */
  readonly kubeconfig?: string | undefined;
  /** @default the current one */
  readonly context?: string | undefined;
}

/**
 * The cluster of a component: that of its provider, else the one in the stack's settings.
 * @throws ProgramError without a kubeconfig or its context
 */
export function componentCluster(component: pulumi.ComponentResource): ComponentCluster {
  const given = component.getProvider("kubernetes:core/v1:Namespace") as k8s.Provider | undefined;
  if (given === undefined) return ownCluster();
  return { provider: given, context: providerInputs(given, ["kubeconfig", "context"]).apply(contextOf) };
}

/**
 * The provider of all components without one. Module state suffices: a Pulumi program is one process.
 */
let own: ComponentCluster | undefined;

function ownCluster(): ComponentCluster {
  if (own !== undefined) return own;
  const { "kubernetes:kubeconfig": kubeconfig, "kubernetes:context": configured } =
    pulumi.runtime.allConfig();
  const name = programSettings().kubernetes.context ?? configured;
  // Before the provider: the state would keep one that cannot even destroy.
  const context = contextOf({ kubeconfig, context: name });
  const provider = new k8s.Provider("nestbox", {
    // Without one, the provider reads the environment's again each time: its path is not in the state.
    kubeconfig: kubeconfig === undefined ? "" : pulumi.secret(kubeconfig),
    ...(name !== undefined && { context: name }),
    // Otherwise a changed value replaces the object, and what uses it.
    enableSecretMutable: true,
    enableConfigMapMutable: true,
    enableServerSideApply: true,
  });
  own = { provider, context: pulumi.output(context) };
  return own;
}

/** @throws ProgramError without a kubeconfig or its context */
function contextOf({ kubeconfig = "", context }: Place): KubernetesContext {
  const wanted = context || undefined;
  return explaining(() => {
    if (kubeconfig === "") return readContext(process.env, wanted);
    if (existsSync(kubeconfig)) return readContext({ ...process.env, KUBECONFIG: kubeconfig }, wanted);
    return parseContext(kubeconfig, "the kubeconfig of the Kubernetes provider", wanted);
  });
}
