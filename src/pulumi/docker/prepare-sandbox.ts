import * as pulumi from "@pulumi/pulumi";
import { NO_FACTS } from "../../docker/facts.ts";
import { lowerToDocker } from "../../docker/lowering/lower-sandbox.ts";
import { mountedFoldersOf } from "../../docker/mounted-folders.ts";
import { type ComponentRequest, placeComponents } from "../../docker/place/place-components.ts";
import { nameBuildsOf } from "../../images/name-builds.ts";
import { isoSeconds } from "../../ownership/ownership.ts";
import { stackOwnership } from "../../stacks/stack-identity.ts";
import { readSetting } from "../../stacks/stack-settings.ts";
import { programSettings } from "../program-settings.ts";
import {
  componentPlace,
  type NamedComponent,
  planComponent,
  requireArguments,
} from "../sandbox/component-arguments.ts";
import { bindSecrets, sandboxSecrets } from "../sandbox/secrets.ts";
import { requireProviderSupport } from "./container-args.ts";
import type { DockerSandboxArgs } from "./docker-sandbox-args.ts";
import { programNetwork, programProxies } from "./program-network.ts";
import { type Upload, uploadsOf } from "./uploads.ts";

/**
 * Checks the arguments of a component, and plans its sandbox.
 * @throws ConfigurationError for a wrong argument or setting, a secret without a value, a missing file, and a
 * property that Pulumi's Docker provider does not support
 */
export function prepareSandbox(name: string, args: DockerSandboxArgs) {
  const named = { component: "DockerSandbox", name } as const;
  const {
    sandbox,
    secrets,
    projectFolder = pulumi.getRootDirectory(),
  } = requireArguments(named, args, ["subnetPool"]);
  const request = requestOf(named, args, projectFolder);
  const settings = programSettings();
  const { subnetPool, privilegedImages } = settings;
  const identity = { project: pulumi.getProject(), stack: pulumi.getStack() };
  const [placement] = placeComponents({
    ownership: stackOwnership(identity, settings, isoSeconds(new Date())),
    ...{ components: [request], subnetPool, privilegedImages, facts: NO_FACTS },
    network: programNetwork(),
  });
  // On another engine labels and subnets differ.
  const objects = lowerToDocker(request.plan, placement);
  for (const service of objects.services)
    requireProviderSupport(`${sandbox.name}.services.${service.key}`, service);
  const bind = bindSecrets({ ...programProxies(), ...sandboxSecrets(sandbox, request.plan, secrets) });
  const uploads: Readonly<Record<string, readonly Upload[]>> = Object.fromEntries(
    objects.services.map((service) => [service.key, uploadsOf(service, projectFolder, bind)]),
  );
  return { sandbox, request, objects, bind, uploads, projectFolder };
}

function requestOf(named: NamedComponent, args: DockerSandboxArgs, projectFolder: string): ComponentRequest {
  const read = <Key extends "subnetPool" | "privilegedImages">(key: Key) =>
    readSetting(key, args[key], `${componentPlace(named)}: ${key}`);
  const plan = nameBuildsOf(planComponent(named, args), projectFolder);
  return {
    component: named.name,
    plan,
    ...mountedFoldersOf(plan, projectFolder),
    ...(args.subnetPool !== undefined && { subnetPool: read("subnetPool") }),
    ...(args.privilegedImages !== undefined && { privilegedImages: read("privilegedImages") }),
  };
}
