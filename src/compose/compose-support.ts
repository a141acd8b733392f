import { type LossTable, ONLY_GITLAB, otherOverrides } from "../losses/support.ts";
import { isMounted } from "../model/file-source.ts";
import { imageVariable } from "../model/image-variable.ts";

/** What a compose file does not express as declared. */
export const COMPOSE = {
  name: "compose",
  exceptions: {
    sandbox: {
      description: "no meaning",
      perBranch: {
        instead: "one project for all branches; `docker compose --project-name` creates another",
        isLost: ({ perBranch }) => perBranch !== undefined,
      },
    },
    service: {
      override: otherOverrides("compose"),
      seed: "no meaning",
      publish: {
        appliesTo: "fixed ports",
        instead: "a free port, so that two projects can run at once; `docker compose port` prints it",
        isLost: ({ published }) => published.some(({ host }) => host !== undefined),
      },
      files: {
        appliesTo: "copies of the project's files",
        instead:
          "a read-only bind mount from the checkout, with its owner and mode; later changes are visible",
        isLost: ({ files }) => files.some(({ source }) => "path" in source && !isMounted(source)),
      },
      completesWithin: {
        instead: "no limit except the job's timeout",
        isLost: ({ completesWithin }) => completesWithin !== undefined && completesWithin !== "10m",
      },
    },
    probe: {
      log: { instead: "waits until the first port accepts connections", isLost: () => true },
    },
    job: {
      override: otherOverrides("compose"),
      image: {
        appliesTo: "variables",
        instead: "taken from the environment of `docker compose`",
        isLost: ({ image }) => imageVariable(image) !== undefined,
      },
      needs: {
        instead: "jobs do not start each other; run them in order",
        isLost: ({ needs }) => needs.length > 0,
      },
      variablesFile: {
        instead: "the file is removed with the job's container",
        isLost: ({ variablesFile }) => variablesFile !== undefined,
      },
      artifacts: {
        instead: "the files are removed with the job's container",
        isLost: ({ artifacts }) => artifacts !== undefined,
      },
      cache: { instead: "an empty folder in each run", isLost: ({ cache }) => cache !== undefined },
      timeout: { instead: "no limit", isLost: ({ timeout }) => timeout !== "1h" },
      gitlab: "no meaning",
    },
    gitlab: ONLY_GITLAB,
  },
} satisfies LossTable;
