import type { Diagnosis } from "../../doctor/diagnose.ts";
import type { FileComparison } from "../../emission/file-comparison.ts";
import type { Loss } from "../../losses/losses.ts";
import type { Plan } from "../../model/plan/plan.ts";
import type { SandboxWithEnd } from "../../operations/list-sandboxes.ts";
import type { PlaceName } from "../../project/places.ts";
import type { ProvedTarget } from "../../proof/matrix.ts";
import type { ReportedJob } from "../../sandbox/jobs/junit-report.ts";
import type { LogLine } from "../../sandbox/running-sandbox.ts";
import type { OwnCluster } from "../../setup/airgap.ts";
import type { ExaminedMachine } from "../examine-machine.ts";
import type { ListedRunner } from "../tables/runner-list.ts";

/** The version of all answers. A new field keeps it; a renamed, removed or changed one raises it. */
export const SCHEMA = 1;

/** What `--json` prints on the standard output: one JSON object, or one a line. */
export interface Answer {
  readonly schema: typeof SCHEMA;
  /** Commands that follow, without the options `--project`, `--stack` and `--branch` of this one. */
  readonly next?: readonly string[];
}

/** The answers by verb, and that of a command that an error ends. docs/reference-json.md shows each. */
export interface Answers {
  readonly up: UpAnswer;
  readonly run: RunAnswer;
  readonly env: EnvAnswer;
  readonly ls: ListAnswer;
  readonly logs: LogAnswer;
  readonly exec: ExecAnswer;
  readonly connect: ExecAnswer;
  readonly fork: ForkAnswer;
  readonly extend: ExtendAnswer;
  readonly down: DownAnswer;
  readonly gc: CollectionAnswer;
  readonly doctor: DoctorAnswer;
  readonly prove: ProofAnswer;
  readonly plan: PlanAnswer;
  readonly emit: EmissionAnswer;
  readonly start: StartAnswer;
  readonly "cluster status": ClusterAnswer;
  readonly error: ErrorAnswer;
}

/** The sandboxes of the stack or of this checkout, once all are ready. */
export interface UpAnswer extends Answer {
  /** The number of resources by change: `create`, `update`, `replace`, `delete`, `same`. Only of a stack. */
  readonly changes?: Readonly<Record<string, number>>;
  readonly sandboxes: readonly SandboxWithEnd[];
}

/** The end of jobs, or of a command of this machine. Their output is on the standard error. */
export interface RunAnswer extends Answer {
  /** That of `nestbox run`: of the failed job or of the command, otherwise 0. */
  readonly exitCode: number;
  /** The jobs that ran, in their order, with seconds and reason of failure. Empty for a command. */
  readonly jobs: readonly ReportedJob[];
}

/** How programs on this machine reach the published services. */
export interface EnvAnswer extends Answer {
  /** Those of all services. A name that several have begins with its service. */
  readonly variables: Readonly<Record<string, string>>;
  readonly services: readonly {
    readonly sandbox: string;
    readonly service: string;
    readonly variables: Readonly<Record<string, string>>;
  }[];
}

/** The sandboxes of all owners, or with `--runners` the GitLab runners. `--watch` prints one a line. */
export interface ListAnswer extends Answer {
  readonly sandboxes?: readonly SandboxWithEnd[];
  readonly runners?: readonly ListedRunner[];
}

/** One line of a service. Each is a line of the output. */
export interface LogAnswer extends Answer, Pick<LogLine, "stream" | "text"> {
  readonly sandbox: string;
  readonly service: string;
}

/** The end and the output of a command in a container. It gets no terminal. */
export interface ExecAnswer extends Answer {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A fork of a service. */
export interface ForkAnswer extends Answer {
  readonly sandbox: string;
  readonly service: string;
  /** How long it stays: `10m`. */
  readonly for: string;
  readonly variables: Readonly<Record<string, string>>;
}

/** The new end of the stack or of the sandboxes of this checkout. */
export interface ExtendAnswer extends Answer {
  /** ISO 8601 or `never`. */
  readonly ends: string;
}

/** What was removed. */
export interface DownAnswer extends Answer {
  /** The names of the sandboxes that were up. */
  readonly sandboxes: readonly string[];
  /** The caches of jobs. Empty without `--volumes`. */
  readonly caches: readonly string[];
}

/** What is expired, orphaned or unused. */
export interface CollectionAnswer extends Answer {
  readonly found: readonly FoundGarbage[];
  /** Whether it was removed: with `--yes`. */
  readonly removed: boolean;
}

/** A stack, or a built image or cache, for which the fields of a stack are absent. */
export interface FoundGarbage extends PlaceName {
  readonly owner?: string;
  readonly project?: string;
  readonly stack?: string;
  readonly branch?: string | undefined;
  readonly reason: string;
  /** Whether the stack stays, and only its orphans go. */
  readonly stackStays?: boolean;
  /** Whether the state of the project contains the stack. */
  readonly inState?: boolean;
  /** By kind and name: `container dev_shop_cache`. */
  readonly resources: readonly string[];
}

/** The problems of this machine and its runners, or of a file. Parts that were not examined are empty. */
export interface DoctorAnswer extends Answer, ExaminedMachine {
  /** The checks of a runner's config.toml. */
  readonly config: ExaminedMachine["machine"];
  /** The known failures in a job's log, the most likely cause first. */
  readonly failures: readonly (Pick<Diagnosis["failure"], "id" | "cause" | "remedy" | "source"> & {
    readonly line: number;
    readonly text: string;
  })[];
}

/** What sandboxes do on each target, beside their plans and the table of losses. */
export interface ProofAnswer extends Answer {
  readonly proved: readonly ProvedTarget[];
}

/** The plan, the input of every target. */
export interface PlanAnswer extends Answer, Plan {}

/** The files for other tools, and what they cannot express. */
export interface EmissionAnswer extends Answer {
  readonly files: readonly (Pick<FileComparison, "path" | "state"> & {
    readonly content?: string | undefined;
  })[];
  readonly losses: readonly Omit<Loss, "differs">[];
}

/** A sandbox that stays until the standard input ends. `start` always prints it, as one line. */
export interface StartAnswer extends Answer {
  readonly sandbox: string;
  /** The variables for clients of all services, as `nestbox env` prints them. */
  readonly variables: Readonly<Record<string, string>>;
  /** The services at their addresses from this machine, by key. */
  readonly services: Readonly<
    Record<
      string,
      { readonly host: string; readonly port: number; readonly variables: Readonly<Record<string, string>> }
    >
  >;
}

/** How to use the cluster that Nestbox started. Without one, only `next`. */
export interface ClusterAnswer extends Answer, Partial<OwnCluster> {}

/** The error that ends a command. Its lines are on the standard error, too. */
export interface ErrorAnswer extends Answer {
  readonly exitCode: number;
  /** The whole text. */
  readonly error: string;
  readonly problems: readonly Problem[];
}

/** One problem of an error, as far as its text names the parts. */
export interface Problem {
  /** A file, property, option or resource. */
  readonly place?: string;
  readonly cause: string;
  /** What to do. */
  readonly remedy?: string;
}
