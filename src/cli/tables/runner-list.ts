import type { RunnerContainer } from "../../gitlab/runner/runners.ts";
import { spanOf } from "../../stacks/time-left.ts";
import { colors } from "../../terminal/colors.ts";
import { table } from "./table.ts";

/** A GitLab runner on an engine, as `nestbox ls --json` prints it. */
export interface ListedRunner extends Pick<RunnerContainer, "project" | "stack" | "complaint" | "jobs"> {
  readonly container: string;
  /**
   * `running` if the healthcheck passes and the runner reports no problem; otherwise `starting`, `unhealthy`
   * or Docker's own state: `restarting`, `exited` …
   */
  readonly state: string;
  /** Creation time, in ISO 8601. */
  readonly created: string;
}

/** The runners of all owners on an engine. */
export function listedRunners(runners: readonly RunnerContainer[]): readonly ListedRunner[] {
  return runners.map(({ name, project, stack, state, health, complaint, jobs, created }) => ({
    container: name,
    project,
    stack,
    state: state === "running" ? healthOf(health, complaint) : state,
    ...(complaint !== undefined && { complaint }),
    ...(jobs !== undefined && { jobs }),
    created: new Date(created).toISOString(),
  }));
}

function healthOf(health: RunnerContainer["health"] = "healthy", complaint: string | undefined): string {
  if (complaint !== undefined) return "unhealthy";
  return health === "healthy" ? "running" : health;
}

/** The runners as text, a line a runner. Ends with a line break; empty without runners. */
export function describeRunners(runners: readonly ListedRunner[], now = Date.now()): string {
  if (runners.length === 0) return "";
  const rows = runners.map(({ container, project, stack, state, complaint, jobs, created }) => [
    `${project}/${stack}`,
    coloured(state),
    jobs === undefined ? "" : jobs === 0 ? "no jobs" : jobs === 1 ? "1 job" : `${jobs} jobs`,
    `${spanOf(now - Date.parse(created))} old`,
    colors.dim(container),
    ...(complaint === undefined ? [] : [colors.red(`${complaint}; run nestbox doctor`)]),
  ]);
  return `${colors.bold("GitLab runners")}\n${table(rows, "  ")}\n`;
}

function coloured(state: string): string {
  if (state === "running") return colors.green(state);
  return state === "starting" ? colors.yellow(state) : colors.red(state);
}
