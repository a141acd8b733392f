import { imageVariable } from "../model/image-variable.ts";
import type { Plan, PlannedJob } from "../model/plan/plan.ts";

/** The image of probing jobs on networks where no declared job is. */
export const PROBING_IMAGE = "alpine:3.19";

/** A plan with probing jobs. */
export interface ProbingPlan {
  readonly plan: Plan;
  /** They look like the declared ones, but run another script. */
  readonly probing: readonly PlannedJob[];
}

/**
 * Adds probing jobs to a plan: beside each declared job one with its image, networks, variables, files and
 * bounds, and one on each network where no declared job is alone. Services stay as they are.
 * @param scriptOf the script of a probing job
 */
export function probingPlan(plan: Plan, scriptOf: (job: PlannedJob) => readonly string[]): ProbingPlan {
  const twins = plan.jobs.filter(({ image }) => imageVariable(image) === undefined).map(twinOf);
  const alone = new Set(twins.flatMap(({ networks }) => (networks.length === 1 ? networks : [])));
  const visitors = plan.networks.filter(({ key }) => !alone.has(key)).map(({ key }) => visitorOf(plan, key));
  const probing = [...twins, ...visitors].map((job) => ({ ...job, script: scriptOf(job) }));
  return {
    probing,
    plan: {
      ...plan,
      jobs: [...plan.jobs, ...probing],
      images: [...new Set([...plan.images, ...probing.map(({ image }) => image)])],
      networks: plan.networks.map((network) => ({ ...network, capacity: network.capacity + 1 })),
    },
  };
}

function twinOf({ variablesFile: _, artifacts: __, cache: ___, ...job }: PlannedJob): PlannedJob {
  const { strategy, runner, stage } = job.gitlab;
  const gitlab = { ...(strategy && { strategy }), ...(runner && { runner }), ...(stage && { stage }) };
  return { ...job, ...PLAIN, key: `prove-${job.key}`, gitlab };
}

function visitorOf({ services }: Plan, network: string): PlannedJob {
  return {
    ...PLAIN,
    key: `prove-on-${network}`,
    // Compose and GitLab start the services of a job's profiles.
    profiles: [...new Set(services.flatMap(({ profiles }) => profiles))],
    image: PROBING_IMAGE,
    // A cluster may refuse root.
    user: "65534:65534",
    networks: [network],
    aliases: ["build"],
    script: [],
    env: {},
    mounts: [],
    files: [],
    tmpfs: {},
    limits: {},
    extraHosts: {},
    init: true,
    privileged: false,
    noNewPrivileges: true,
    placeCertificates: false,
    workingFolder: "/workspace",
    workingFolderIsFree: true,
    userNamespaces: false,
    gitlab: {},
  };
}

/** What a probing job does not take from a declared one. */
const PLAIN = {
  before: [],
  cleanup: [],
  needs: [],
  predefined: { required: [], optional: [], projectFolder: false },
  timeout: "10m",
} as const satisfies Partial<PlannedJob>;
