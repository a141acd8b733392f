import { cp } from "node:fs/promises";
import path from "node:path";
import { placeNetworkFrom } from "../../src/machine/place-network-from.ts";
import type { Plan } from "../../src/model/plan/plan.ts";
import { isFailure } from "../../src/proof/finding.ts";
import { listenOutside } from "../../src/proof/outside-listener.ts";
import { proveSandbox } from "../../src/proof/prove-sandbox.ts";
import type { ProofTarget } from "../../src/sandbox/proof-target.ts";
import { onceARun } from "../once-a-run.ts";

const EXAMPLES = path.resolve(__dirname, "../../examples");

/** The value of each secret. */
const SECRET = "s3cret '\"\\#";

/** What a proof finds. */
export interface Proved {
  /** The behaviours that were seen as declared. */
  readonly kept: readonly string[];
  /** The failures, each with behaviour, place and reason. */
  readonly failures: readonly string[];
}

/** How to prove it. */
interface Options {
  /** @default a project of this repository's examples alone, since each job of GitLab copies all of it */
  readonly projectFolder?: string;
  /** Ends the proof. @default nothing does */
  readonly signal?: AbortSignal;
  /** Receives what the proof does. @default nobody does */
  readonly report?: (detail: string) => void;
}

/** Proves a sandbox on a target. @throws the signal's reason */
export async function proveOn(target: ProofTarget, plan: Plan, options: Options = {}): Promise<Proved> {
  const { signal = new AbortController().signal, report = () => {} } = options;
  const projectFolder = options.projectFolder ?? (await exampleProject());
  const outside = await listenOutside();
  try {
    const verdicts = await proveSandbox(target, {
      ...{ plan, projectFolder, signal, report },
      secrets: Object.fromEntries(plan.secrets.map((name) => [name, SECRET])),
      ...{ environment: process.env, network: placeNetworkFrom(process.env) },
      known: { outside },
      jobs: plan.jobs,
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

/** A project of this repository's examples alone. */
export function exampleProject(): Promise<string> {
  return onceARun("example-project", (folder) =>
    cp(EXAMPLES, path.join(folder, "examples"), { recursive: true }),
  );
}
