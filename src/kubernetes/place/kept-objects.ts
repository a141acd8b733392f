import type { ObjectMeta } from "kubernetes-types/meta/v1.js";
import { LABEL } from "../../model/labels.ts";
import { base36Digest } from "../../model/names.ts";
import { type KubernetesObjects, secretManifest } from "../lowering/lower-to-kubernetes.ts";
import type { AnyManifest, Immutable } from "../lowering/manifest.ts";
import { pullSecretManifest } from "../lowering/pull-secret.ts";
import { REVISION_KEY } from "../sandbox-facts.ts";

/** An object that a kept sandbox consists of. */
export interface WantedObject<
  Kind =
    | AnyManifest
    | ReturnType<typeof secretManifest<string>>
    | ReturnType<typeof pullSecretManifest<string>>,
> {
  readonly manifest: Kind;
  /** A hash of the manifest, which reveals no secret. */
  readonly plan: string;
  /** Whether it is written before all others. @default false */
  readonly isRoot?: boolean;
}

/** An object of a sandbox in its cluster. */
export interface ExistingObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: Immutable<ObjectMeta>;
  readonly spec?: unknown;
}

/** The values of a sandbox's secrets, and how their changes are noticed. */
interface SandboxSecrets {
  /** This machine's logins for registries, if the settings ask for them. */
  readonly logins?: string | undefined;
  readonly values: Readonly<Record<string, string>>;
  readonly revisionKey: string;
  readonly revisions: Readonly<Record<string, string>>;
}

/** All objects of a sandbox. */
export function wantedObjects(objects: KubernetesObjects, secrets: SandboxSecrets): readonly WantedObject[] {
  const { root, bounds, policies, volumes, services, jobServices } = objects;
  const parts = services.flatMap((service) => [...service.configMaps, ...service.services, service.workload]);
  return [
    { ...wanted(root), isRoot: true },
    ...[...bounds, ...policies, ...jobServices].map(wanted),
    ...wantedSecrets(objects, secrets),
    ...wantedPullSecret(objects, secrets),
    // Only what a claim asks for can make another volume necessary.
    ...volumes.map((manifest) => ({ manifest, plan: hashOf("spec" in manifest && manifest.spec) })),
    ...parts.map(wanted),
  ];
}

function wanted<Kind extends AnyManifest>(manifest: Kind): WantedObject<Kind> {
  return { manifest, plan: hashOf(manifest) };
}

function wantedSecrets(
  { secret }: KubernetesObjects,
  { values, revisionKey, revisions }: SandboxSecrets,
): readonly WantedObject[] {
  if (secret === undefined) return [];
  const named = { ...secret, keys: [...secret.keys, REVISION_KEY] };
  const manifest = secretManifest(named, { ...values, [REVISION_KEY]: revisionKey });
  return [{ manifest, plan: hashOf([secret, secret.keys.map((name) => revisions[name])]) }];
}

function wantedPullSecret({ pullSecret }: KubernetesObjects, { logins }: SandboxSecrets) {
  if (pullSecret === undefined || logins === undefined) return [];
  const manifest = pullSecretManifest(pullSecret, logins);
  // Who can read its annotation can read the Secret itself.
  return [{ manifest, plan: hashOf(manifest) }];
}

function hashOf(content: unknown): string {
  return base36Digest(JSON.stringify(content) ?? "", 12);
}

/** The hash of the manifest that an object was last made from. Absent before a workload has become ready. */
export function planOf({ metadata }: Pick<ExistingObject, "metadata">): string | undefined {
  return metadata.annotations?.[LABEL.plan];
}

export function objectKey({ kind, metadata }: Pick<ExistingObject, "kind" | "metadata">): string {
  return `${kind} ${metadata.name}`;
}

export function isWorkload({ kind }: Pick<ExistingObject, "kind">): boolean {
  return kind === "Deployment" || kind === "Job";
}
