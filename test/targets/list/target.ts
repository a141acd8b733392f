import { lossesOf } from "../../../src/losses/losses.ts";
import type { LossTable } from "../../../src/losses/support.ts";
import type { Plan } from "../../../src/model/plan/plan.ts";
import type { Target } from "../../../src/sandbox/target.ts";
import { type EmittedFile, emittedFile } from "../../../src/text/emitted-file.ts";
import { memoryPlace } from "./memory-place.ts";

const LOSSES: LossTable = {
  name: "list",
  exceptions: { job: { timeout: { instead: "no limit", isLost: ({ timeout }) => timeout !== "1h" } } },
};

/** A target that only lists what it would do, also in a file. Its one place is the memory of this process. */
export const LIST: Target = {
  name: "list",
  losses: [LOSSES],
  runs: {
    needs: { engine: false, cluster: false },
    provider: "list",
    placeOf: () => "memory",
    endsWithJob: () => "memory ends with the job",
    connect: async ({ project }) => memoryPlace(project),
  },
  emits: {
    needs: { runners: false, branches: false },
    paths: [{ folder: "list", extension: ".txt" }],
    emit: ({ plans }) => ({
      files: plans.map((plan) => listFile(plan)),
      losses: plans.flatMap((plan) => lossesOf(LOSSES, plan, plan)),
    }),
  },
};

function listFile({ sandbox, services, jobs }: Plan): EmittedFile {
  const lines = [
    ...services.map(({ key, image }) => `would start ${key}: ${image}\n`),
    ...jobs.map(({ key, script }) => `would run ${key}: ${script.join("; ")}\n`),
  ];
  return emittedFile(`list/${sandbox}.txt`, `the sandbox "${sandbox}"`, lines.join(""));
}
