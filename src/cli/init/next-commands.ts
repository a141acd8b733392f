import type { InitRequest } from "./new-files.ts";

/** What a project lacks after `nestbox init`. */
export interface Lacks {
  /** The command that installs packages; undefined if all are installed. */
  readonly install?: string;
  /** Whether the files for GitLab have yet to be emitted. */
  readonly emission: boolean;
}

/** The next commands after `nestbox init`, each with its meaning. */
export function nextCommands(
  { stack, runner, gitlab }: InitRequest,
  sandbox: string,
  { install, emission }: Lacks,
): readonly (readonly [command: string, meaning: string])[] {
  const run = `npx nestbox run ${sandbox}`;
  return [
    ...(install === undefined ? [] : ([[install, "install the packages"]] as const)),
    ...(stack ? ([["npx nestbox up", "bring the sandbox up"]] as const) : []),
    [run, stack ? "run its jobs" : "bring the sandbox up, run its jobs, and remove it"],
    ...(emission ? ([["npx nestbox emit", "write the files for GitLab CI and compose"]] as const) : []),
    ...(stack && gitlab
      ? ([
          ["docker build --file container/Dockerfile .", "build the image for the jobs of branches"],
        ] as const)
      : []),
    ...(runner
      ? ([["npx nestbox up --stack ci", "register and run the runner, see Pulumi.ci.yaml"]] as const)
      : []),
  ];
}
