import type { Target } from "../sandbox/target.ts";
import { composeEmission } from "./compose-emission.ts";
import { COMPOSE } from "./compose-support.ts";

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
    emit: composeEmission,
    proof: async () => (await import("./compose-proof.ts")).COMPOSE_PROOF,
  },
};
