import { type Duration, parseDuration } from "../../model/duration.ts";
import { type ComponentIdentity, isPartOf, LABEL, type Labels } from "../../model/labels.ts";
import type { Plan } from "../../model/plan/plan.ts";
import { ConfigurationError } from "../../model/problem.ts";
import type { FindRequest } from "../../sandbox/place.ts";
import { runningComponent } from "../../sandbox/running-component.ts";
import type { RunningSandbox } from "../../sandbox/running-sandbox.ts";
import { detachedNetworks } from "../detached-networks.ts";
import { type EngineFacts, readFacts } from "../facts.ts";
import type { DockerPlacement } from "../lowering/placement.ts";
import { requireNoOtherUsers } from "../other-users.ts";
import { readOwnedResources } from "../owned-resources.ts";
import { removeResources } from "../remove-owned.ts";
import type { EngineConnection } from "./connection.ts";
import { publishedAddresses } from "./published-addresses.ts";
import { runningOnEngine } from "./running-on-engine.ts";

/**
 * Finds the running sandbox of an owner. Its labels have all that the owner has decided.
 * @throws ConfigurationError naming the missing networks and services, or the component to choose
 */
export async function findOnEngine(
  connection: EngineConnection,
  { plan, owner, component, networks, secrets, use, whole = true }: FindRequest,
): Promise<RunningSandbox> {
  const { engine } = connection;
  const [facts, owned] = await Promise.all([readFacts(engine), readOwnedResources(engine, owner)]);
  const identity = runningComponent(plan.sandbox, [...facts.networks, ...facts.containers], owner, component);
  const hasParts = facts.containers.some(({ labels }) => isPartOf(identity, labels));
  if (whole || !hasParts) requireUp(plan, networks, facts, identity);
  const volumes = owned.filter(({ kind }) => kind === "volume");
  const running = facts.containers.filter((container) => container.running);
  return runningOnEngine(connection, {
    ...{ plan, secrets, use },
    placement: {
      ...placementIn(connection, facts, identity),
      existing: { networks: partNames(facts.networks, identity), volumes: partNames(volumes, identity) },
    },
    containers: partNames(running, identity),
    addresses: async () => publishedAddresses(await readFacts(engine), identity),
    remove: async () => {
      const all = await readOwnedResources(engine, owner);
      const parts = all.filter(({ labels }) => isPartOf(identity, labels));
      await requireNoOtherUsers(engine, parts, owner);
      await removeResources(engine, parts);
    },
  });
}

/** The placement of a component, as the labels of its parts have it. */
function placementIn(
  { privilegedImages, network }: EngineConnection,
  { networks, containers }: EngineFacts,
  identity: ComponentIdentity,
): DockerPlacement {
  const ofComponent = ({ labels }: { readonly labels: Labels }) => isPartOf(identity, labels);
  const own = networks.filter(ofComponent);
  const [labels = {}] = [...own, ...containers.filter(ofComponent)].map((part) => part.labels);
  const { [LABEL.branch]: branch, [LABEL.timeToLive]: text = "never" } = labels;
  return {
    ...identity,
    project: labels[LABEL.project] ?? "",
    stack: labels[LABEL.stack] ?? "",
    ...(branch !== undefined && { branch }),
    created: labels[LABEL.created] ?? "",
    timeToLive: parseDuration(text) === undefined ? "never" : (text as Duration),
    subnets: Object.fromEntries(
      own.flatMap(({ labels: { [LABEL.part]: key = "" }, subnets: [subnet] }) =>
        subnet === undefined ? [] : [[key, subnet]],
      ),
    ),
    ...{ privilegedImages, network },
  };
}

function requireUp(
  plan: Plan,
  wanted: readonly string[],
  { networks, containers }: EngineFacts,
  identity: ComponentIdentity,
): void {
  const existing = partNames(networks, identity);
  const running = containers.filter((container) => container.running && isPartOf(identity, container.labels));
  const missing = [
    ...wanted.filter((key) => !Object.hasOwn(existing, key)).map((key) => `network ${key}`),
    ...plan.services.flatMap(({ key, completesWithin, networks: declared }) => {
      const own = running.filter(({ labels }) => labels[LABEL.part] === key);
      if (own.length === 0) return completesWithin === undefined ? [`service ${key}`] : [];
      return own
        .flatMap((container) => detachedNetworks(container, declared, networks))
        .map((network) => `service ${key} on network ${network}`);
    }),
  ];
  if (missing.length === 0) return;
  throw new ConfigurationError(
    `sandbox "${plan.sandbox}": is not up (${missing.join(", ")} missing); run nestbox up first`,
  );
}

/** The names of a component's parts on the engine, by key. */
function partNames(
  resources: readonly { readonly name: string; readonly labels: Labels }[],
  identity: ComponentIdentity,
): Readonly<Record<string, string>> {
  const parts = resources.filter(({ labels }) => isPartOf(identity, labels));
  return Object.fromEntries(parts.map(({ name, labels }) => [labels[LABEL.part] ?? "", name]));
}
