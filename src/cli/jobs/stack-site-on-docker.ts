import { detachedNetworks } from "../../docker/detached-networks.ts";
import { type EngineFacts, readFacts } from "../../docker/facts.ts";
import { readOwnedResources } from "../../docker/owned-resources.ts";
import { type ComponentIdentity, isPartOf, LABEL, type Labels } from "../../model/labels.ts";
import type { Plan } from "../../model/plan/plan.ts";
import { ConfigurationError } from "../../model/problem.ts";
import { placementsOf } from "../stack/placements.ts";
import { publishedPort } from "../stack/reachable-services.ts";
import { runningComponent } from "../stack/running-component.ts";
import type { EngineWorkspace } from "../workspace/workspace.ts";
import { dockerSite } from "./docker-site.ts";
import type { OpenSite, SandboxChoice } from "./job-site.ts";

/**
 * Finds the running sandbox of a stack on its engine.
 * @param networks the keys of the networks that are about to be used
 * @throws ConfigurationError naming the missing networks and services, or the component to choose
 */
export async function findOnDocker(
  workspace: EngineWorkspace,
  { plan, component }: SandboxChoice,
  networks: readonly string[],
): Promise<OpenSite> {
  const { owner, engine, project } = workspace;
  const facts = await readFacts(engine);
  const labelled = [...facts.networks, ...facts.containers];
  const identity = runningComponent(plan.sandbox, labelled, owner, component);
  requireUp(plan, networks, facts, identity);
  return async (use) => {
    const [placement] = placementsOf(project, [{ component: identity.component, plan }], facts);
    if (placement === undefined) throw new RangeError(plan.sandbox);
    const volumes = (await readOwnedResources(engine, owner)).filter(({ kind }) => kind === "volume");
    const existing = { networks: partNames(facts.networks, identity), volumes: partNames(volumes, identity) };
    const running = facts.containers.filter((container) => container.running);
    const containers = partNames(running, identity);
    const reach = async () => publishedPort(await readFacts(engine), identity);
    return dockerSite(workspace, plan, { ...use, placement: { ...placement, existing }, containers, reach });
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
