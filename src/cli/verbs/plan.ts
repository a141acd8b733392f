import { plan } from "../../model/plan/plan-sandbox.ts";
import { unknownSandbox } from "../../project/declared-list.ts";
import { openProject, type StackChoice } from "../../project/project.ts";
import { requireProfiles } from "../../project/require-profiles.ts";
import type { Invocation } from "../../sandbox/invocation.ts";
import { toYaml, type YamlValue } from "../../text/yaml.ts";
import { answerText } from "../answers/answer-text.ts";
import type { PlanAnswer } from "../answers/answers.ts";

/** The options of `nestbox plan`, which its help describes. */
interface PlanVerbOptions {
  readonly profiles?: readonly string[];
  readonly json?: boolean;
}

/**
 * `nestbox plan SANDBOX`: prints the sandbox's plan, the input of every target.
 * @throws ConfigurationError for an unknown sandbox or profile
 */
export async function printPlan(
  choice: StackChoice,
  name: string,
  { profiles, json = false }: PlanVerbOptions,
  { stdout }: Invocation,
): Promise<number> {
  const { declared, declaredIn, settings } = await openProject(choice, { sandboxes: [name] });
  const names = declared.map((sandbox) => sandbox.name);
  const sandbox = declared[names.indexOf(name)];
  if (sandbox === undefined) throw unknownSandbox(name, names, declaredIn);
  if (profiles !== undefined) requireProfiles(sandbox, profiles);
  const active = profiles?.includes("all") ? "all" : (profiles ?? settings.profiles);
  const planned = plan(sandbox, { profiles: active });
  stdout.write(json ? answerText<PlanAnswer>(planned) : toYaml(planned as unknown as YamlValue));
  return 0;
}
