import { LABEL, type Labels } from "../../model/labels.ts";
import { uniqueName } from "../../model/names.ts";
import type { PlannedContainer } from "../../model/plan/plan.ts";
import { type Ownership, ownershipLabels } from "../../ownership/ownership.ts";
import type { PlacedPlan } from "./kubernetes-placement.ts";
import { nameIn, type SandboxScope, scopeLabels } from "./sandbox-scope.ts";

type PartKind = "network" | "volume" | "service" | "job";

/** The head of a manifest in the sandbox's namespace. @param name within the sandbox */
export function objectHead<Version extends string, Kind extends string>(
  placed: PlacedPlan,
  apiVersion: Version,
  kind: Kind,
  name: string,
  labels: Labels = sandboxLabels(placed),
) {
  const { placement } = placed;
  return {
    ...{ apiVersion, kind },
    metadata: { name: nameIn(placement, name), namespace: placement.namespace, labels },
  };
}

/** The labels of all objects of a sandbox. */
export function sandboxLabels({ plan: { sandbox }, placement }: PlacedPlan): Labels {
  const { ownership } = placement;
  return {
    ...(ownership && labelValues(ownership)),
    [LABEL.sandbox]: sandbox,
    ...scopeLabels(placement),
  };
}

export function objectLabels(placed: PlacedPlan, part: string, kind: PartKind): Labels {
  return { ...sandboxLabels(placed), ...partSelector(placed.placement, part, kind) };
}

/** The labels that exactly the pods of a service, or of the runs of a job, have in their namespace. */
export function partSelector(scope: SandboxScope, part: string, kind: PartKind): Labels {
  return { ...scopeLabels(scope), [LABEL.kind]: kind, [LABEL.part]: part };
}

/** The labels of a pod by which the policies of its networks select it. */
export function networkLabels(networks: PlannedContainer["networks"]): Labels {
  return Object.fromEntries(networks.map((key) => [networkLabel(key), "true"]));
}

export function networkLabel(key: string): string {
  return `nestbox.network/${key}`;
}

/** The exact values of ownership: a label has at most 63 characters, without slashes and colons. */
export function ownerAnnotations(ownership: Ownership): Labels {
  const { created, timeToLive } = ownership;
  return { ...identityOf(ownership), [LABEL.created]: created, [LABEL.timeToLive]: timeToLive };
}

/** The labels by which the objects of an owner, stack, component or branch are found. */
function labelValues(ownership: Ownership): Labels {
  return Object.fromEntries(
    Object.entries(identityOf(ownership)).map(([name, value]) => [name, labelValue(value)]),
  );
}

function identityOf(ownership: Ownership): Labels {
  const { component } = ownership;
  return { ...ownershipLabels(ownership), ...(component !== undefined && { [LABEL.component]: component }) };
}

/**
 * The labels by which the objects of an owner are found.
 * @param owner default: all owners
 */
export function ownerSelector(owner: string | undefined): Labels {
  return { [LABEL.owner]: owner === undefined ? "" : labelValue(owner) };
}

/**
 * The text where it is a legal label, else a unique name of it:
 * https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#syntax-and-character-set
 */
export function labelValue(text: string): string {
  return text.length <= 63 && /^[A-Za-z0-9]([A-Za-z0-9_.-]*[A-Za-z0-9])?$/.test(text)
    ? text
    : uniqueName(text);
}

/** Labels by which Kubernetes finds objects itself. */
const OF_KUBERNETES = /^(?:(?:[^/]*\.)?(?:kubernetes|k8s)\.io\/|job-name$|controller-uid$)/;

/** The declared labels that Kubernetes takes: it refuses the others' names or values, or sets them itself. */
export function legalLabels(labels: Labels): Labels {
  return Object.fromEntries(
    Object.entries(labels).filter(
      ([name, value]) =>
        !OF_KUBERNETES.test(name) &&
        /^(?:[a-z0-9.-]{1,253}\/)?[A-Za-z0-9](?:[\w.-]{0,61}[A-Za-z0-9])?$/.test(name) &&
        (value === "" || labelValue(value) === value),
    ),
  );
}
