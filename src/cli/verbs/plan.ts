import { plan } from "../../model/plan/plan-sandbox.ts";
import { toYaml, type YamlValue } from "../../text/yaml.ts";
import { unknownSandbox } from "../workspace/declared-list.ts";
import { openProject, type Target } from "../workspace/project.ts";
import { requireProfiles } from "../workspace/require-profiles.ts";

interface PlanVerbOptions {
  /** The active profiles, or `["all"]`. @default those of the stack's settings */
  readonly profiles?: readonly string[];
  /** Print JSON instead of YAML. @default false */
  readonly json?: boolean;
}

/**
 * `nestbox plan SANDBOX`: prints the sandbox's plan, the input of every target.
 * @throws ConfigurationError for an unknown sandbox or profile
 */
export async function printPlan(
  target: Target,
  name: string,
  { profiles, json = false }: PlanVerbOptions,
  stdout: NodeJS.WritableStream,
): Promise<number> {
  const { declared, declaredIn, settings } = await openProject(target);
  const sandbox = declared.find((candidate) => candidate.name === name);
  if (sandbox === undefined)
    throw unknownSandbox(
      name,
      declared.map((candidate) => candidate.name),
      declaredIn,
    );
  if (profiles !== undefined) requireProfiles(sandbox, profiles);
  const active = profiles?.includes("all") ? "all" : (profiles ?? settings.profiles);
  const planned = plan(sandbox, { profiles: active });
  stdout.write(json ? `${JSON.stringify(planned, undefined, 2)}\n` : toYaml(planned as unknown as YamlValue));
  return 0;
}
