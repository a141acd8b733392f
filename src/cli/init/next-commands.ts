import type { InitRequest } from "./new-files.ts";

/** What a project lacks after `nestbox init`. */
interface Lacks {
  /** The command that installs packages; undefined if all are installed. */
  readonly install: string | undefined;
  /** Whether the files for GitLab have yet to be emitted. */
  readonly emission: boolean;
}

/** The next commands after `nestbox init`, each with its meaning. */
export function nextCommands(
  { stack, runner, gitlab }: InitRequest,
  sandbox: string,
  { install, emission }: Lacks,
): readonly (readonly [command: string, meaning: string])[] {
  const runs = stack ? "run its jobs" : "bring the sandbox up, run its jobs, and remove it";
  const commands = [
    install !== undefined && ([install, "install the packages"] as const),
    stack && (["npx nestbox up", "bring the sandbox up"] as const),
    [`npx nestbox run ${sandbox}`, runs] as const,
    emission && (["npx nestbox emit", "write the files for GitLab CI and compose"] as const),
    stack &&
      gitlab &&
      (["docker build --file container/Dockerfile .", "build the image for the jobs of branches"] as const),
    runner && (["npx nestbox up --stack ci", "register and run the runner, see Pulumi.ci.yaml"] as const),
  ];
  return commands.filter((command) => command !== false);
}
