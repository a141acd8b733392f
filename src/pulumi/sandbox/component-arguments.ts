import { requireSandbox } from "../../model/declaration/sandbox-origin.ts";
import type { DeclaredService } from "../../model/declaration/service.ts";
import type { Plan } from "../../model/plan/plan.ts";
import { plan } from "../../model/plan/plan-sandbox.ts";
import { ConfigurationError } from "../../model/problem.ts";
import { readSetting } from "../../stacks/stack-settings.ts";
import { programSettings } from "../program-settings.ts";
import type { SandboxArgs } from "./sandbox-args.ts";

/** A component in errors. */
export interface NamedComponent {
  readonly component: "DockerSandbox" | "KubernetesSandbox";
  readonly name: string;
}

/** The arguments of every component. */
const COMMON = ["sandbox", "profiles", "secrets", "privilegedImages", "projectFolder"];

/** Names as Docker takes them for containers. */
const NAME = /^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/;

/** The place of a component in errors: `DockerSandbox "shop"`. */
export function componentPlace({ component, name }: NamedComponent): string {
  return `${component} "${name}"`;
}

/**
 * Checks name and arguments of a component.
 * @param others the arguments that this component alone has
 * @throws ConfigurationError for a wrong name or argument
 */
export function requireArguments<Args extends SandboxArgs>(
  named: NamedComponent,
  args: Args,
  others: readonly string[] = [],
): Args {
  const place = componentPlace(named);
  if (typeof named.name !== "string" || !NAME.test(named.name)) {
    throw new ConfigurationError(
      `${place}: is no name for containers; use letters, digits, "_", "." and "-", with a letter first`,
    );
  }
  const known = [...COMMON, ...others];
  const unknownKey = Object.keys(Object(args)).find((key) => !known.includes(key));
  if (unknownKey !== undefined) {
    throw new ConfigurationError(
      `${place}: ${unknownKey} is not an argument; use one of ${known.join(", ")}`,
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

/**
 * Plans the sandbox of a component, for its profiles or else the stack's.
 * @throws ConfigurationError for a profile that the sandbox does not have
 */
export function planComponent(named: NamedComponent, { sandbox, profiles }: SandboxArgs): Plan {
  if (profiles === undefined) return plan(sandbox, { profiles: programSettings().profiles });
  const place = `${componentPlace(named)}: profiles`;
  const wanted = readSetting("profiles", profiles, place);
  const { profiles: known } = plan(sandbox, { profiles: "all" });
  const unknown = wanted.find((profile) => !known.includes(profile));
  if (unknown === undefined) return plan(sandbox, { profiles: wanted });
  throw new ConfigurationError(
    `${place}: no profile "${unknown}" in sandbox "${sandbox.name}"; ` +
      `it has ${known.join(", ") || "none"}`,
  );
}

/** Why a service has no outputs. */
export function inactiveService({ profiles = [] }: DeclaredService): string {
  return `none of its profiles (${profiles.join(", ")}) is active; add one to "profiles"`;
}
