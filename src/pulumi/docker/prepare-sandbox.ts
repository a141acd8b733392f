import * as pulumi from "@pulumi/pulumi";
import { NO_FACTS } from "../../docker/facts.ts";
import { type DockerObjects, lowerToDocker } from "../../docker/lowering/lower-sandbox.ts";
import { connectionOf } from "../../model/declaration/references.ts";
import type { Sandbox } from "../../model/declaration/sandbox.ts";
import { requireSandbox } from "../../model/declaration/sandbox-origin.ts";
import { plan } from "../../model/plan/plan-sandbox.ts";
import { ConfigurationError } from "../../model/problem.ts";
import { secretsIn, type Text } from "../../model/text.ts";
import { placeNetworkFrom } from "../../stacks/place-network-from.ts";
import { type ComponentRequest, placeStack } from "../../stacks/stack-placement.ts";
import { readSetting, SETTINGS_NAMESPACE } from "../../stacks/stack-settings.ts";
import { programSettings } from "../program-settings.ts";
import { findSecrets } from "../stack-secrets.ts";
import { requireProviderSupport } from "./container-args.ts";
import type { DockerSandboxArgs } from "./docker-sandbox-args.ts";
import { type BindText, bindSecrets } from "./secrets.ts";
import { type Upload, uploadsOf } from "./uploads.ts";

/** A component's sandbox, checked before the first resource. */
export interface PreparedSandbox {
  readonly sandbox: Sandbox;
  readonly request: ComponentRequest;
  /** The objects for an empty engine: on another, labels and subnets differ. */
  readonly objects: DockerObjects;
  readonly bind: BindText;
  /** The files of each service, by key. */
  readonly uploads: Readonly<Record<string, readonly Upload[]>>;
}

const ARGUMENTS = ["sandbox", "profiles", "secrets", "subnetPool", "privilegedImages", "projectFolder"];

/**
 * Checks the arguments of a component, and plans its sandbox.
 * @throws ConfigurationError for a wrong argument or setting, a secret without a value, a missing file, and a
 * property that Pulumi's Docker provider does not support
 */
export function prepareSandbox(name: string, args: DockerSandboxArgs): PreparedSandbox {
  const { sandbox, secrets = {}, projectFolder = pulumi.getRootDirectory() } = requireArguments(name, args);
  const request = requestOf(name, args);
  const settings = programSettings();
  const [placement] = placeStack({
    identity: { project: pulumi.getProject(), stack: pulumi.getStack() },
    ...{ components: [request], settings, facts: NO_FACTS, now: new Date() },
    network: placeNetworkFrom(process.env),
  });
  if (placement === undefined) throw new RangeError(name);
  const objects = lowerToDocker(request.plan, placement);
  for (const service of objects.services) {
    requireProviderSupport(`${sandbox.name}.services.${service.key}`, service);
  }
  const needed = [...objects.secrets, ...connectionSecrets(sandbox, objects)];
  const bind = bindSecrets(secretValues(needed, secrets));
  const uploads = Object.fromEntries(
    objects.services.map((service) => [service.key, uploadsOf(service, projectFolder, bind)]),
  );
  return { sandbox, request, objects, bind, uploads };
}

/** Names as Docker takes them for containers. */
const NAME = /^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/;

function requireArguments(name: string, args: DockerSandboxArgs): DockerSandboxArgs {
  const place = placeOf(name);
  if (typeof name !== "string" || !NAME.test(name)) {
    throw new ConfigurationError(
      `${place}: is no name for containers; use letters, digits, "_", "." and "-", with a letter first`,
    );
  }
  const unknownKey = Object.keys(Object(args)).find((key) => !ARGUMENTS.includes(key));
  if (unknownKey !== undefined) {
    throw new ConfigurationError(
      `${place}: ${unknownKey} is not an argument; use one of ${ARGUMENTS.join(", ")}`,
    );
  }
  requireSandbox(Object(args).sandbox, `${place}: sandbox`);
  const { secrets = {}, projectFolder = "" } = args;
  if (typeof secrets !== "object" || secrets === null) {
    throw new ConfigurationError(`${place}: secrets is not a map of names to values; write { name: value }`);
  }
  if (typeof projectFolder !== "string") {
    throw new ConfigurationError(`${place}: projectFolder is ${projectFolder}; set the path of a folder`);
  }
  return args;
}

function requestOf(name: string, { sandbox, ...args }: DockerSandboxArgs): ComponentRequest {
  const read = <Key extends "profiles" | "subnetPool" | "privilegedImages">(key: Key) =>
    readSetting(key, args[key], `${placeOf(name)}: ${key}`);
  return {
    component: name,
    plan: plan(sandbox, { profiles: args.profiles ? requireProfiles() : programSettings().profiles }),
    ...(args.subnetPool !== undefined && { subnetPool: read("subnetPool") }),
    ...(args.privilegedImages !== undefined && { privilegedImages: read("privilegedImages") }),
  };

  function requireProfiles(): readonly string[] {
    const profiles = read("profiles");
    const { profiles: known } = plan(sandbox, { profiles: "all" });
    const unknown = profiles.find((profile) => !known.includes(profile));
    if (unknown === undefined) return profiles;
    throw new ConfigurationError(
      `${placeOf(name)}: profiles: no profile "${unknown}" in sandbox "${sandbox.name}"; ` +
        `it has ${known.join(", ") || "none"}`,
    );
  }
}

function placeOf(name: string): string {
  return `DockerSandbox "${name}"`;
}

/** The secrets in the connections of the services, which the outputs need. */
function connectionSecrets({ services }: Sandbox, objects: DockerObjects): readonly string[] {
  return objects.services.flatMap(({ key }) => {
    const service = services[key];
    return service === undefined ? [] : secretsWithin(connectionOf(key, service));
  });
}

function secretsWithin(value: unknown): readonly string[] {
  if (typeof value !== "object" || value === null) return [];
  if (Array.isArray(value) || "secret" in value) return secretsIn(value as Text);
  return Object.values(value).flatMap(secretsWithin);
}

/** The given values, and the program's for the others. */
function secretValues(
  needed: readonly string[],
  given: Readonly<Record<string, pulumi.Input<string>>>,
): Readonly<Record<string, pulumi.Input<string>>> {
  const others = [...new Set(needed)].filter((name) => given[name] === undefined);
  return { ...findSecrets(others, process.env, configuredSecrets()), ...given };
}

function configuredSecrets(): Readonly<Record<string, pulumi.Output<string>>> {
  const config = new pulumi.Config(SETTINGS_NAMESPACE);
  const names = Object.keys(config.getObject<Record<string, string>>("secrets") ?? {});
  const values = config.getSecretObject<Record<string, string>>("secrets");
  return Object.fromEntries(
    names.flatMap((name) => (values ? [[name, values.apply((all) => all?.[name] ?? "")]] : [])),
  );
}
