import { lossesOf } from "../losses/losses.ts";
import { SECCOMP_PROFILE } from "../model/plan/seccomp-profile.ts";
import type { Emission, EmitRequest } from "../sandbox/target.ts";
import { emittedFile, emittedJson } from "../text/emitted-file.ts";
import { toYaml } from "../text/yaml.ts";
import { composeFile, SECCOMP_FILE } from "./compose-file.ts";
import { COMPOSE } from "./compose-support.ts";

/** The compose file of each sandbox, with their losses. Pure. */
export function composeEmission({ plans, runners }: Pick<EmitRequest, "plans" | "runners">): Emission {
  const withMtu = runners.some(({ mtu }) => mtu !== undefined);
  const files = plans.map((plan) => {
    const body = toYaml(composeFile(plan, { project: "..", withMtu }));
    return emittedFile(composePath(plan.sandbox), `the sandbox "${plan.sandbox}"`, body);
  });
  const usesSeccomp = plans.some(({ jobs }) => jobs.some(({ userNamespaces }) => userNamespaces));
  const seccomp = emittedJson(`compose/${SECCOMP_FILE}`, "jobs with userNamespaces", SECCOMP_PROFILE);
  return {
    files: usesSeccomp ? [...files, seccomp] : files,
    losses: plans.flatMap((plan) => lossesOf(COMPOSE, plan, plan)),
  };
}

/** The path of a sandbox's compose file, from the project's folder. */
export function composePath(sandbox: string): string {
  return `compose/${sandbox}.yaml`;
}
