import { type LossTable, ONLY_GITLAB, otherOverrides } from "../../losses/support.ts";

/** What a Docker engine does not express as declared. */
export const DOCKER = {
  name: "docker",
  exceptions: {
    service: { override: otherOverrides("docker") },
    job: { gitlab: "no meaning", override: otherOverrides("docker") },
    gitlab: ONLY_GITLAB,
  },
} satisfies LossTable;
