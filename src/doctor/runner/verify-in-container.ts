import type { DockerHost } from "../../docker/host.ts";
import { runInContainer } from "../../docker/run-in-container.ts";
import { notAsked } from "./not-asked.ts";
import type { RunnerReach } from "./runner-facts.ts";

/**
 * The runner's own question to GitLab, as it asks it: through its network, name servers and certificates.
 * What it says counts, for it ends with 0 when GitLab is out of reach. Source:
 * https://gitlab.com/gitlab-org/gitlab-runner/-/blob/main/commands/verify.go
 */
export async function verify(engine: DockerHost, container: string, patience: number): Promise<RunnerReach> {
  const inTime = AbortSignal.timeout(patience);
  try {
    const { output } = await runInContainer(engine, container, ["gitlab-runner", "verify"], inTime);
    const failure = /Verifying runner\.\.\. +(?:failed|client error).*/.exec(output)?.[0];
    if (failure !== undefined) return { kind: "unreachable", reason: reasonIn(failure) };
    // A token that GitLab refuses is an answer, too.
    if (/Verifying runner\.\.\. +is (?:valid|alive|not valid|removed)/.test(output))
      return { kind: "answers" };
    return notAsked("`gitlab-runner verify` in the container does not tell");
  } catch (error) {
    if (inTime.aborted) return { kind: "unreachable", reason: `no answer within ${patience / 1000} s` };
    return notAsked((error as Error).message);
  }
}

/** Why a question came to nothing: known words alone, for the line may hold what is nobody's business. */
function reasonIn(failure: string): string {
  const known = /dial tcp.*|x509: .*|tls: .*|context deadline exceeded|\b[45]\d\d [A-Z][A-Za-z ]*|EOF/;
  return known.exec(failure)?.[0].trim() ?? "its question failed";
}
