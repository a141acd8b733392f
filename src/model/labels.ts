/** Docker labels by name. */
export type Labels = Readonly<Record<string, string>>;

/**
 * The labels of owned resources. They make cleanup possible after the Pulumi state is lost. Docker cannot
 * change a label, so renewable values are on separate resources.
 */
export const LABEL = {
  /** The owner: project, stack and state, see {@link ownerOf}. */
  owner: "nestbox.owner",
  project: "nestbox.project",
  stack: "nestbox.stack",
  /** The branch of the stack. Absent for other stacks. */
  branch: "nestbox.branch",
  sandbox: "nestbox.sandbox",
  /** The component that made it: in a stack, two of one sandbox differ by their names. */
  component: "nestbox.component",
  /** The sandbox's name in a Kubernetes namespace that it shares with others. Absent elsewhere. */
  instance: "nestbox.instance",
  /** The key of the network, volume, service or job within the sandbox. */
  part: "nestbox.part",
  /**
   * `network`, `volume`, `service`, `job`; `lease`; `reservation`: a volume that keeps a subnet for a
   * network; `mount-check`: a container that never starts.
   */
  kind: "nestbox.kind",
  /** The first creation of the sandbox, in ISO 8601. */
  created: "nestbox.created",
  /** The time to live when the sandbox was first created: a duration, or `never`. The stack's lease wins. */
  timeToLive: "nestbox.time-to-live",
  /** The lease's id: on the lease itself, and on what exists only as long as somebody holds it. */
  lease: "nestbox.lease",
  /** On a lease: what it covers. */
  covers: "nestbox.covers",
  /** On a lease: the process that renews it, see {@link ownProcessMark}. Empty for none. */
  holder: "nestbox.holder",
  /** On a lease: when it expires, in ISO 8601 by the engine's clock, or `never`. */
  ends: "nestbox.ends",
  /** On a lease: when it was last renewed, in ISO 8601 by the engine's clock. */
  renewed: "nestbox.renewed",
  /**
   * On the lease of a sandbox that is kept without a stack: the machine, the folder of git's data and the
   * checkout's folder, as JSON. Its sandbox goes once git no longer lists the checkout.
   */
  checkout: "nestbox.checkout",
  /** On the record of a removed stack: the engine's ids of its networks, separated by spaces. */
  networks: "nestbox.networks",
  /** The number of times that the service was recreated after a failure. Absent for zero. */
  attempt: "nestbox.attempt",
  /** `true` on a service with `runsOnce`. Absent from all others. */
  runsOnce: "nestbox.runs-once",
  /** `true` on a service with a log probe. Absent from all others. */
  readyByLog: "nestbox.ready-by-log",
  /** A hash of the plan. Another plan replaces the resource. */
  plan: "nestbox.plan",
  /** On an image that was built: the folder of the project that it was built from. */
  build: "nestbox.build",
  /** On a volume that is a cache of jobs: a hash of the folder of the checkout. */
  cache: "nestbox.cache",
  /** A hash of the files of the project that a service has. Absent in a stack, and without any. */
  files: "nestbox.files",
} as const;

/** Whether a label is Nestbox's own. A declaration cannot set it. */
export function isOwnLabel(name: string): boolean {
  return /^nestbox[./]/.test(name);
}

/** A component of a stack. */
export interface ComponentIdentity {
  readonly owner: string;
  readonly component: string;
}

/** Whether these are the labels of a component's network, volume, service or job. */
export function isPartOf({ owner, component }: ComponentIdentity, labels: Labels): boolean {
  return labels[LABEL.owner] === owner && labels[LABEL.component] === component;
}
