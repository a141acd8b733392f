import type { ComponentIdentity } from "../model/labels.ts";
import type { Plan } from "../model/plan/plan.ts";
import type { OwnerStore } from "../ownership/owner-store.ts";
import type { Ownership } from "../ownership/ownership.ts";
import type { Progress } from "../terminal/progress.ts";
import type { Timed } from "../timings/timings.ts";
import type { ListedSandbox } from "./listed-sandbox.ts";
import type { RunningSandbox, SandboxUse } from "./running-sandbox.ts";

/** An engine or a cluster on which sandboxes run. */
export interface Place extends OwnerStore {
  /** The name of its target: "docker". */
  readonly target: string;
  /** The context of the kubeconfig. Absent where there are none. */
  readonly context?: string;
  /** What texts call it: "engine", "cluster". */
  readonly noun: string;
  /** Equal for two connections to one place. */
  readonly id: string;

  /**
   * Checks that sandboxes fit the place: subnets, fixed ports, privileges, files. Creates nothing.
   * @param ownership of the sandboxes; each is the component of its name
   * @throws ConfigurationError for the first mistake, and DeclarationError naming each taken port
   */
  check(plans: readonly Plan[], ownership: Ownership): Promise<void>;
  /** The planned parts of a component that do not exist: "network default", "service cache". */
  missing(plan: Plan, component: ComponentIdentity): Promise<readonly string[]>;

  /**
   * Starts a new sandbox that ends with this process, and waits until every service is ready. If this process
   * is killed, the next command removes the sandbox once its lease is over. The images must be there.
   * @throws ServicesFailed with the last output of each service that failed; ConfigurationError for what the
   * user has to change; the signal's reason. By then everything is removed
   */
  start(request: StartRequest): Promise<RunningSandbox>;
  /**
   * Brings a sandbox up that stays: starts what is missing, replaces what differs from the plan, and leaves
   * the rest alone. The caller holds its lease. Waits until every service is ready.
   * @returns the changes; equal plans change nothing
   * @throws as start does. What was ready stays; a service that failed is replaced next time
   */
  keep(request: KeepRequest): Promise<Changes>;
  /**
   * The running sandbox of an owner, of a stack or kept without one.
   * @throws ConfigurationError naming the missing parts, or the component to choose
   */
  find(request: FindRequest): Promise<RunningSandbox>;
  /**
   * The sandboxes on the place, ordered by owner and name.
   * @param owner default: all owners
   */
  list(owner?: string): Promise<readonly ListedSandbox[]>;

  /**
   * The owned resources of a sandbox, each by the labels of its kind and part: "service cache". In a cluster,
   * a namespace holds them all.
   */
  partsOf(plan: Plan): readonly string[];
  /** @throws UsedByOthers if something of another owner uses an owner's resources */
  requireUnused(owner: string): Promise<void>;

  /** The same error, or a better one where the place knows the cause: it does not answer, a full disk. */
  explain(error: unknown): unknown;
}

/** A sandbox to start. */
export interface StartRequest extends Timed {
  readonly plan: Plan;
  /** The values of its secrets, by name. */
  readonly secrets: Readonly<Record<string, string>>;
  /** Ends the start. */
  readonly signal: AbortSignal;
  readonly progress: Progress;
  /** Whether this process is to reach the services: if it cannot, nothing is started. @default false */
  readonly serves?: boolean;
}

/** A sandbox to bring up that stays. */
export interface KeepRequest extends StartRequest {
  /** Its owner. The component is named after the sandbox. */
  readonly ownership: Ownership;
  /** Whether volumes that differ or are no longer declared are removed. @default false: they stay */
  readonly removesVolumes?: boolean;
  /** Called with what is about to change, before anything does. */
  readonly onChanges: (changes: Changes) => void;
}

/** What bringing a sandbox up changes: "network default", "service cache". */
export interface Changes {
  readonly created: readonly string[];
  readonly replaced: readonly string[];
  readonly removed: readonly string[];
  /** Volumes that are no longer declared and stay. */
  readonly left: readonly string[];
}

/** A running sandbox to find. */
export interface FindRequest {
  readonly plan: Plan;
  readonly owner: string;
  /** The component that has it. @default the one that is named after it, else the only one */
  readonly component?: string | undefined;
  /** The keys of the networks that are about to be used. */
  readonly networks: readonly string[];
  readonly secrets: Readonly<Record<string, string>>;
  readonly use: SandboxUse;
  /** Whether all of its services must run. Otherwise any part of it is enough. @default true */
  readonly whole?: boolean;
}
