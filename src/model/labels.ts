/** Labels by name, as Docker keeps them. */
export type Labels = Readonly<Record<string, string>>;

/**
 * The labels that every object of ours carries, so that it can be found and cleaned up when the state that
 * knew it is lost. Docker never changes a label: what is renewed lives elsewhere.
 */
export const LABEL = {
  /** Whose it is: the project, stack and state that made it, see {@link ownerOf}. */
  owner: "nestbox.owner",
  project: "nestbox.project",
  stack: "nestbox.stack",
  /** The branch whose stack it is; absent for a stack that is no branch's. */
  branch: "nestbox.branch",
  sandbox: "nestbox.sandbox",
  /** The key of the network, volume, service or job within the sandbox. */
  part: "nestbox.part",
  /** `network`, `volume`, `service`, `job`; `lease`; `reservation`: a volume that keeps a subnet for a network. */
  kind: "nestbox.kind",
  /** When the sandbox was first made, in ISO 8601. */
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
  /** On the record of a removed stack: the engine's ids of its networks, separated by spaces. */
  networks: "nestbox.networks",
  /** How often the service has had to be made again because it failed; absent for never. */
  attempt: "nestbox.attempt",
  /** On a service that does its work once and ends: `true`. Absent from all others. */
  runsOnce: "nestbox.runs-once",
  /** On a service that a line of its output says to be ready: `true`. Absent from all others. */
  readyByLog: "nestbox.ready-by-log",
  /** A hash of what was planned; another plan is another object. */
  plan: "nestbox.plan",
} as const;
