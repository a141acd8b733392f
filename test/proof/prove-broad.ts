import path from "node:path";
import { isFailure } from "../../src/proof/finding.ts";
import { listenOutside } from "../../src/proof/outside-listener.ts";
import type { ProofTarget } from "../../src/proof/place.ts";
import { projectFilesOf } from "../../src/proof/project-files-of.ts";
import { proveSandbox } from "../../src/proof/prove-sandbox.ts";
import { placeNetworkFrom } from "../../src/stacks/place-network-from.ts";
import { BROAD, BROAD_SECRETS } from "./broad-sandbox.ts";

const REPOSITORY = path.resolve(__dirname, "../..");

/** What a proof of the broad sandbox finds. */
export interface BroadProof {
  /** The behaviours that were seen as declared. */
  readonly kept: readonly string[];
  /** The failures, each with behaviour, place and reason. */
  readonly failures: readonly string[];
}

/** Proves the broad sandbox on a target. */
export async function proveBroad(target: ProofTarget): Promise<BroadProof> {
  const outside = await listenOutside();
  try {
    const verdicts = await proveSandbox(target, {
      plan: BROAD,
      secrets: BROAD_SECRETS,
      projectFolder: REPOSITORY,
      network: placeNetworkFrom(process.env),
      signal: new AbortController().signal,
      known: { projectFiles: await projectFilesOf(BROAD, REPOSITORY), outside },
      jobs: BROAD.jobs,
      report: () => {},
    });
    return {
      kept: [...new Set(verdicts.filter(({ kept }) => kept).map(({ behaviour }) => behaviour))].sort(),
      failures: verdicts
        .filter(isFailure)
        .map(({ behaviour, place, seen }) => `${behaviour} of ${place}: ${seen}`),
    };
  } finally {
    outside.close();
  }
}
