import { startSandbox } from "../../docker/direct/start-sandbox.ts";
import { DOCKER } from "../../docker/lowering/docker-support.ts";
import type { Plan } from "../../model/plan/plan.ts";
import { placeNetworkFrom } from "../../stacks/place-network-from.ts";
import { removeAbandonedSandboxes } from "../clean-up/remove-abandoned-sandboxes.ts";
import type { EngineWorkspace } from "../workspace/workspace.ts";
import { dockerSite } from "./docker-site.ts";
import type { FreshStart } from "./fresh-sandbox.ts";

export function freshOnDocker(workspace: EngineWorkspace, plan: Plan): FreshStart {
  const { project, engine, progress } = workspace;
  const { subnetPool, privilegedImages } = project.settings;
  return {
    target: DOCKER,
    ...{ plan, progress },
    start: async (secrets, interrupted) => {
      await removeAbandonedSandboxes(workspace);
      const { published, remove, ...started } = await startSandbox({
        ...{ plan, engine, secrets, subnetPool, privilegedImages },
        signal: interrupted,
        project: project.name,
        projectFolder: project.folder,
        network: placeNetworkFrom(process.env),
      });
      const reach = async () => (service: string, port: number) => published[service]?.[port];
      return { site: dockerSite(workspace, plan, { ...started, secrets, interrupted, reach }), remove };
    },
  };
}
