import * as pulumi from "@pulumi/pulumi";
import { readFacts } from "../docker/facts.ts";
import type { DockerHost } from "../docker/host.ts";
import { LABEL } from "../model/labels.ts";
import { ConfigurationError } from "../model/problem.ts";
import { renewLife } from "../stacks/life.ts";
import { ownerOf, stackLabels } from "../stacks/stack-identity.ts";
import type { StackRequest } from "../stacks/stack-placement.ts";
import { whenNobodyRemoves } from "../stacks/tombstone.ts";

/**
 * Every `up` counts as use, a plain `pulumi up` too. A clean-up that is about to remove the stack is waited
 * for.
 * @throws ConfigurationError when that has left nothing: Pulumi would go by a state that still knows it
 */
export async function renewByUse(
  { identity, settings }: Pick<StackRequest, "identity" | "settings">,
  engine: DockerHost,
): Promise<void> {
  const owner = ownerOf(identity);
  const labels = stackLabels(identity, settings);
  const tell = () => pulumi.log.info(`stack ${identity.stack}: waiting for a clean-up that removes it`);
  for (;;) {
    await renewLife(engine, { labels, timeToLive: settings.timeToLive, mode: "use" });
    if (!(await whenNobodyRemoves(engine, owner, tell))) return;
    const { networks } = await readFacts(engine);
    if (networks.some((network) => network.labels[LABEL.owner] === owner)) continue;
    throw new ConfigurationError(
      `stack ${identity.stack}: a clean-up has just removed it; make it anew: nestbox up, or pulumi up --refresh`,
    );
  }
}
