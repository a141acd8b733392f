import type { ComponentIdentity } from "../../model/labels.ts";
import type { Plan } from "../../model/plan/plan.ts";
import { NoOutput } from "../../sandbox/no-output.ts";
import type { LogLine, LogSelection } from "../../sandbox/running-sandbox.ts";
import { explainUnreachableEngine } from "../engine-unreachable.ts";
import type { DockerHost } from "../host.ts";
import { readContainerLog } from "../read-log.ts";
import { partContainer } from "./part-container.ts";

/** A service of a component. */
interface ServiceOfComponent {
  readonly plan: Plan;
  readonly placement: ComponentIdentity;
  readonly service: string;
}

/**
 * The output of a service, a line each, oldest first.
 * @throws NoOutput; ConfigurationError for an engine that no longer answers; the signal's reason
 */
export async function* serviceLog(
  engine: DockerHost,
  { plan, placement, service }: ServiceOfComponent,
  selection: LogSelection,
): AsyncGenerator<LogLine> {
  try {
    const container = await partContainer(engine, placement, service, ["service"]);
    if (container === undefined)
      throw new NoOutput(`${plan.sandbox}.services.${service}: has no container; run nestbox up first`);
    yield* readContainerLog(engine, container.id, selection);
  } catch (error) {
    throw explainUnreachableEngine(error, engine);
  }
}
