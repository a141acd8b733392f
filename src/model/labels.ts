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
  /**
   * `network`, `volume`, `service`, `job`; `life`: the volume that tells when a stack ends; `reservation`:
   * one that keeps a subnet for a network to come; `tombstone`: one that tells that somebody is about to
   * remove the stack; `grave`: one that tells that a branch's stack was removed by its labels.
   */
  kind: "nestbox.kind",
  /** When the sandbox was first made, in ISO 8601. */
  created: "nestbox.created",
  /**
   * How long it may live by the settings with which the sandbox was first made, as a duration, or `never`. A
   * life tells better.
   */
  timeToLive: "nestbox.time-to-live",
  /**
   * On a life: when the stack ends, in ISO 8601, or `never`. On a tombstone and a grave: from when on they
   * count for nothing.
   */
  ends: "nestbox.ends",
  /** On a grave: the engine's ids of the networks that the stack had, with spaces between them. */
  networks: "nestbox.networks",
  /** On a life: when it was last renewed, in ISO 8601. */
  renewed: "nestbox.renewed",
  /**
   * On what a job is made of, a reservation and a tombstone: the process whose it is, see {@link
   * ownProcessMark}. Without it nobody removes them.
   */
  process: "nestbox.process",
  /** On what a job is made of: when nobody can wait for it any more, in ISO 8601, by the engine's clock. */
  deadline: "nestbox.deadline",
  /** How often the service has had to be made again because it failed; absent for never. */
  attempt: "nestbox.attempt",
  /** On a service that does its work once and ends: `true`. Absent from all others. */
  runsOnce: "nestbox.runs-once",
  /** On a service that a line of its output says to be ready: `true`. Absent from all others. */
  readyByLog: "nestbox.ready-by-log",
  /** A hash of what was planned; another plan is another object. */
  plan: "nestbox.plan",
} as const;
