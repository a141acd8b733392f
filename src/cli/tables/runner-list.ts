import type { RunnerContainer } from "../../gitlab/runner/runners.ts";
import { colors } from "../../terminal/colors.ts";
import { table } from "./table.ts";
import { spanOf } from "./time-left.ts";

/** A GitLab runner as an engine shows it. Plain data, for `--json` too. */
export interface ListedRunner {
  readonly container: string;
  readonly project: string;
  readonly stack: string;
  /**
   * `running`, while neither its healthcheck nor it itself has a complaint; else `starting`, `unhealthy`, or
   * as Docker has it: `restarting`, `exited` …
   */
  readonly state: string;
  /** Why it gets no jobs from GitLab, in words. Absent while nothing is the matter. */
  readonly complaint?: string;
  /** How many jobs it runs right now. Absent for one that has never started. */
  readonly jobs?: number;
  /** In ISO 8601. */
  readonly created: string;
}

/** The runners of an engine, whoever's they are. */
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

/** The runners for a person, a line each. Ends with a line break; empty for none. */
export function describeRunners(runners: readonly ListedRunner[], now = Date.now()): string {
  if (runners.length === 0) return "";
  const rows = runners.map(({ container, project, stack, state, complaint, jobs, created }) => [
    `${project}/${stack}`,
    coloured(state),
    jobs === undefined ? "" : jobs === 0 ? "no job" : jobs === 1 ? "1 job" : `${jobs} jobs`,
    `${spanOf(now - Date.parse(created))} old`,
    colors.dim(container),
    ...(complaint === undefined ? [] : [colors.red(`${complaint}: nestbox doctor`)]),
  ]);
  return `${colors.bold("GitLab runners")}\n${table(rows, "  ")}\n`;
}

function coloured(state: string): string {
  if (state === "running") return colors.green(state);
  return state === "starting" ? colors.yellow(state) : colors.red(state);
}
