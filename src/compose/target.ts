import { pathInProject } from "../machine/path-in-project.ts";
import { isMounted } from "../model/file-source.ts";
import type { EmitRequest, Target } from "../sandbox/target.ts";
import { composeEmission } from "./compose-emission.ts";
import { COMPOSE } from "./compose-support.ts";

/** @throws ConfigurationError for a folder that services mount, and that a link leads out of the project */
function requireMountsInProject({ plans, projectFolder }: EmitRequest): void {
  const files = plans.flatMap(({ services }) => services.flatMap((service) => service.files));
  for (const { source } of files) if (isMounted(source)) pathInProject(projectFolder, source.path);
}

/** Compose files. */
export const COMPOSE_TARGET: Target = {
  name: COMPOSE.name,
  losses: [COMPOSE],
  emits: {
    needs: { runners: true, branches: false },
    paths: [
      { folder: "compose", extension: ".yaml" },
      { folder: "compose", extension: ".json" },
    ],
    emit: (request) => {
      requireMountsInProject(request);
      return composeEmission(request);
    },
    proof: async () => (await import("./compose-proof.ts")).COMPOSE_PROOF,
  },
};
