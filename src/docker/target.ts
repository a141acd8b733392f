import { placeNetworkFrom } from "../machine/place-network-from.ts";
import type { Target } from "../sandbox/target.ts";
import { proxiesOfNetwork } from "./container-proxies.ts";
import { engineEndsWithJob } from "./ends-with-job.ts";
import { engineHost } from "./engine-host.ts";
import { DOCKER } from "./lowering/docker-support.ts";
import { dockerPlace } from "./place/docker-place.ts";

/** Docker engines. */
export const DOCKER_TARGET: Target = {
  name: DOCKER.name,
  losses: [DOCKER],
  runs: {
    needs: { engine: true, cluster: false },
    provider: DOCKER.name,
    // The settings name no engine.
    placeOf: () => DOCKER.name,
    endsWithJob: (environment) => engineEndsWithJob(environment),
    connect: async ({ project, projectFolder, settings, environment }) => {
      const { subnetPool, privilegedImages } = settings;
      const engine = engineHost(environment);
      return dockerPlace({
        ...{ project, projectFolder, subnetPool, privilegedImages, environment, engine },
        network: { ...placeNetworkFrom(environment), ...proxiesOfNetwork(engine, environment) },
      });
    },
  },
};
