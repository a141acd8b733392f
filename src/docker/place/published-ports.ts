import { createServer } from "node:net";
import { portListener } from "../../machine/port-listener.ts";
import { isPartOf, LABEL } from "../../model/labels.ts";
import type { Plan } from "../../model/plan/plan.ts";
import { type Problem, requireNone } from "../../model/problem.ts";
import { NotReady } from "../../sandbox/not-ready.ts";
import { DockerRefused } from "../api.ts";
import { type EngineFacts, type ExistingContainer, readFacts } from "../facts.ts";
import { type DockerHost, isOnThisMachine } from "../host.ts";
import { PUBLISHED_HOST } from "../port-access.ts";

/**
 * Checks that the fixed published ports of services are free. Listeners other than containers are visible
 * only if the engine runs on this machine.
 * @param isHere asks whether it does
 * @throws DeclarationError naming each taken port and its holder: a container with its sandbox, or a process
 */
export async function checkPorts(
  plans: readonly Plan[],
  facts: EngineFacts,
  owner: string,
  isHere: () => Promise<boolean>,
): Promise<void> {
  const services = plans.flatMap((plan) => plan.services.map((service) => ({ ...service, plan })));
  const problems: Problem[] = [];
  for (const { plan, key, published } of services) {
    for (const { host, container } of published) {
      if (host === undefined) continue;
      const holder = publisherOf(facts, host);
      const isOwned =
        holder !== undefined &&
        isPartOf({ owner, component: plan.sandbox }, holder.labels) &&
        holder.labels[LABEL.part] === key;
      if (isOwned || (!holder && (!(await isHere()) || (await isFree(host))))) continue;
      const who = describeHolder(holder, host);
      const taken = `port ${host} is taken${who && ` by ${who}`}`;
      const message = `${taken}; choose another port, or publish: true for a free one`;
      problems.push({ path: `${plan.sandbox}.services.${key}.publish[${container}]`, message });
    }
  }
  requireNone(problems);
}

/** The engine's reasons for a port that it cannot publish. */
const TAKEN = /\b(\d+(?:\.\d+){3}):(\d+).*(?:port is already allocated|address already in use)/s;

/** The engine's reason for an address that its machine does not have: a port of it, not of this process. */
const NO_SUCH_ADDRESS = /cannot assign requested address/;

/** The error of a start that the engine refused, with the holder of a fixed port that was taken meanwhile. */
export async function namingPortHolder(engine: DockerHost, error: unknown): Promise<unknown> {
  if (!(error instanceof DockerRefused)) return error;
  if (NO_SUCH_ADDRESS.test(error.message))
    return new NotReady(`${error.message}; set ${PUBLISHED_HOST} to an address of the engine's machine`);
  const [, address = "", port] = TAKEN.exec(error.message) ?? [];
  if (port === undefined) return error;
  const holder = publisherOf(await readFacts(engine), Number(port));
  const isHere = isOnThisMachine(engine) && address.startsWith("127.");
  const who = holder !== undefined || isHere ? describeHolder(holder, Number(port)) : "";
  return who === "" ? error : new NotReady(`${error.message}; port ${port} is taken by ${who}`);
}

function publisherOf({ containers }: EngineFacts, port: number): ExistingContainer | undefined {
  return containers.find(({ publishedPorts }) => publishedPorts.some(({ host }) => host === port));
}

/** Empty if the system does not tell who holds a port of this machine. */
function describeHolder(container: ExistingContainer | undefined, port: number): string {
  if (container !== undefined) return describeContainer(container);
  const listener = portListener(port);
  if (listener === undefined) return "";
  return `process ${listener.pid}${listener.command && ` (${listener.command})`}`;
}

/** The labels of docker compose: https://docs.docker.com/compose/how-tos/project-name/ */
const COMPOSE_PROJECT = "com.docker.compose.project";

function describeContainer({ name, labels }: ExistingContainer): string {
  const composeProject = labels[COMPOSE_PROJECT];
  if (composeProject !== undefined) return `container ${name} of the compose project ${composeProject}`;
  const { [LABEL.sandbox]: sandbox, [LABEL.project]: project, [LABEL.stack]: stack } = labels;
  if (sandbox === undefined) return `container ${name}`;
  return `container ${name} of the sandbox "${sandbox}" (project ${project}, stack ${stack})`;
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
      .once("error", () => resolve(false))
      .once("listening", () => server.close(() => resolve(true)))
      .listen(port, "127.0.0.1");
  });
}
