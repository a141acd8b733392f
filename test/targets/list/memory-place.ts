import { LABEL, type Labels } from "../../../src/model/labels.ts";
import type { Plan } from "../../../src/model/plan/plan.ts";
import { ConfigurationError } from "../../../src/model/problem.ts";
import { holdLease } from "../../../src/ownership/lease.ts";
import type { LeaseStore } from "../../../src/ownership/lease-store.ts";
import type { OwnedResource } from "../../../src/ownership/owned-resource.ts";
import { freshOwnership, type Ownership, ownershipLabels } from "../../../src/ownership/ownership.ts";
import type { Place } from "../../../src/sandbox/place.ts";
import { runningComponent } from "../../../src/sandbox/running-component.ts";
import type { RunningSandbox, SandboxUse } from "../../../src/sandbox/running-sandbox.ts";

/** All that exists, by name. */
const resources = new Map<string, OwnedResource>();

let count = 0;

function add(kind: OwnedResource["kind"], name: string, labels: Labels): OwnedResource {
  count += 1;
  const resource = { kind, id: `${count}`, name, labels, created: Date.now(), running: kind === "container" };
  resources.set(resource.id, resource);
  return resource;
}

/** A double of a place. It holds each service as a container that does nothing. */
export function memoryPlace(project: string): Place {
  const leases: LeaseStore = {
    now: async () => Date.now(),
    precision: 0,
    list: async (owner) => owned(owner).filter(({ labels }) => labels[LABEL.kind] === "lease"),
    async create(labels) {
      let { id } = add("lease", `lease-${count}`, labels);
      return {
        async renew(renewed) {
          if (!resources.delete(id)) return false;
          id = add("lease", `lease-${count}`, renewed).id;
          return true;
        },
        remove: async () => void resources.delete(id),
      };
    },
    remove: async ({ revision }) => void resources.delete(revision),
  };
  const place: Place = {
    ...{ target: "list", noun: "list", id: "memory", leases },
    readOwned: async (owner) => owned(owner),
    async remove(removed) {
      for (const { id } of removed) resources.delete(id);
      return removed.filter(({ kind }) => kind !== "lease").map(({ kind, name }) => `${kind} ${name}`);
    },
    readRemovals: async () => [],
    check: async () => {},
    missing: async (plan, { owner }) =>
      place.partsOf(plan).filter((part) => !owned(owner).some(({ name }) => `service ${name}` === part)),
    partsOf: ({ services }) => services.map(({ key }) => `service ${key}`),
    requireUnused: async () => {},
    async start({ plan, secrets }) {
      const ownership = freshOwnership(project);
      const labels = ownershipLabels(ownership);
      const lease = await holdLease(leases, { labels, covers: "sandbox" });
      bringUp(plan, ownership, { [LABEL.lease]: lease.id });
      const { lost, confirm } = lease;
      const use = { lost, confirm, labels: {}, afterJob: async () => {} };
      return running({ plan, owner: ownership.owner, secrets }, use, () => lease.release());
    },
    async keep({ plan, ownership, onChanges }) {
      const missing = await place.missing(plan, { owner: ownership.owner, component: plan.sandbox });
      const changes = { created: missing, replaced: [], removed: [], left: [] };
      onChanges(changes);
      if (missing.length > 0) bringUp(plan, ownership, {});
      return changes;
    },
    async find({ plan, owner, component, secrets, use }) {
      runningComponent(plan.sandbox, owned(owner), owner, component);
      const missing = await place.missing(plan, { owner, component: plan.sandbox });
      if (missing.length > 0)
        throw new ConfigurationError(`sandbox "${plan.sandbox}": is not up (${missing.join(", ")} missing)`);
      return running({ plan, owner, secrets }, use, async () => {});
    },
    async list(owner) {
      const byName = Map.groupBy(
        owned(owner).filter(({ kind }) => kind === "container"),
        ({ labels }) => `${labels[LABEL.owner]} ${labels[LABEL.sandbox]}`,
      );
      return [...byName.values()].map((containers) => {
        const labels = containers[0]?.labels ?? {};
        const sandbox = labels[LABEL.sandbox] ?? "";
        return {
          ...{ sandbox, component: sandbox, owner: labels[LABEL.owner] ?? "", project, networks: [] },
          ...{ stack: labels[LABEL.stack] ?? "", created: labels[LABEL.created] ?? "", timeToLive: "never" },
          services: containers.map(({ name }) => ({
            ...{ service: name, container: name, state: "ready", published: {} },
          })),
        };
      });
    },
    explain: (error) => error,
  };
  return place;
}

function owned(owner: string | undefined): readonly OwnedResource[] {
  return [...resources.values()].filter(({ labels }) => owner === undefined || labels[LABEL.owner] === owner);
}

function bringUp(plan: Plan, ownership: Ownership, others: Labels): void {
  for (const { key } of plan.services)
    add("container", key, {
      ...ownershipLabels(ownership),
      ...{ [LABEL.sandbox]: plan.sandbox, [LABEL.component]: plan.sandbox, [LABEL.part]: key },
      ...{ [LABEL.kind]: "service", [LABEL.created]: ownership.created },
      ...others,
    });
}

function running(
  { plan, owner, secrets }: Pick<RunningSandbox, "plan" | "owner" | "secrets">,
  { lost, confirm, afterJob }: SandboxUse,
  release: () => Promise<void>,
): RunningSandbox {
  const addressOf = (_service: string, port: number) => ({ host: "list.example", port });
  return {
    ...{ plan, owner, secrets, lost, confirm, close() {} },
    reach: async () => addressOf,
    addresses: async () => ({ addressOf, notice: "these addresses lead nowhere" }),
    async run(job, { stdout }) {
      for (const line of job.script) stdout.write(`would run: ${line}\n`);
      await afterJob();
      return { kind: "exited", exitCode: 0 };
    },
    async exec(part, command, { stdout }) {
      stdout.write(`would run in ${part}: ${command.join(" ")}\n`);
      return 0;
    },
    async *logs(service) {
      yield { stream: "stdout" as const, text: `${service} would write this` };
    },
    stopped: async () => ({}),
    times: async () => new Map(plan.services.map(({ key }) => [key, { started: 0, ready: 1 }])),
    async remove() {
      for (const { id, labels } of owned(owner)) if (labels[LABEL.kind] !== "lease") resources.delete(id);
      await release();
    },
  };
}
