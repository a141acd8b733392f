import type { BuildContext } from "../../images/build-context.ts";
import { runChild } from "../../machine/child-process.ts";
import type { Environment } from "../../machine/environment.ts";
import { findProgram } from "../../machine/programs.ts";
import { runToEnd } from "../../machine/run-to-end.ts";
import type { Labels } from "../../model/labels.ts";
import { nothingLeft } from "../../model/nothing-left.ts";
import type { PlannedBuild } from "../../model/plan/plan.ts";
import { ConfigurationError } from "../../model/problem.ts";
import { secretVariable } from "../../model/secret-variable.ts";
import { engineVariables } from "../host.ts";
import type { BuildRequest } from "./build-request.ts";

/** Whether the docker command of this machine has the plugin buildx. */
export async function hasBuildx(environment: Environment): Promise<boolean> {
  if (findProgram("docker", environment) === undefined) return false;
  const { exitCode } = await runToEnd({ command: "docker", args: ["buildx", "version"], environment });
  return exitCode === 0;
}

/**
 * Builds by the BuildKit of the engine.
 * @throws ChildFailed for a step that fails; ConfigurationError for a secret without a value
 */
export async function buildByBuildx(
  build: PlannedBuild,
  { folder, dockerfile }: BuildContext,
  labels: Labels,
  { docker, environment, onLine, signal }: BuildRequest,
): Promise<void> {
  const { image, context, secrets } = build;
  const values = Object.entries(secrets).map(([id, name]) => ({ id, variable: secretVariable(name) }));
  const missing = values.find(({ variable }) => environment[variable] === undefined);
  if (missing !== undefined)
    throw new ConfigurationError(
      `build of ${context}: no value for its secret "${missing.id}"; set ${missing.variable}`,
    );
  await runChild({
    command: "docker",
    args: [
      ...["buildx", "build", "--builder", "default", "--load", "--progress", "plain"],
      // Provenance would make each build another image.
      ...["--provenance", "false", "--tag", image, "--file", dockerfile],
      ...option(
        "--label",
        Object.entries(labels).map(([name, value]) => `${name}=${value}`),
      ),
      ...buildOptions(build),
      folder,
    ],
    environment: { ...environment, ...engineVariables(docker) },
    onLine,
    signal,
  });
}

/** The options of `docker buildx build` for a build; its secrets come from the variables of the command. */
export function buildOptions(build: PlannedBuild): readonly string[] {
  const { image: _image, context: _context, dockerfile: _file, ...how } = build;
  const { target, args, secrets, platform, cacheFrom, ...rest } = how;
  nothingLeft(rest);
  return [
    ...option(
      "--build-arg",
      Object.entries(args).map(([name, value]) => `${name}=${value}`),
    ),
    ...option(
      "--secret",
      Object.entries(secrets).map(([id, name]) => `id=${id},env=${secretVariable(name)}`),
    ),
    ...option("--cache-from", cacheFrom),
    ...option("--target", target === undefined ? [] : [target]),
    ...option("--platform", platform === undefined ? [] : [platform]),
  ];
}

function option(name: string, values: readonly string[]): readonly string[] {
  return values.flatMap((value) => [name, value]);
}
