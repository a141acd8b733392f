import type { DockerHost } from "../../docker/host.ts";
import { runInContainer } from "../../docker/run-in-container.ts";
import { noAnswer } from "./gitlab-requests.ts";
import type { RunnerReach } from "./runner-facts.ts";
import { unknownState } from "./unknown-state.ts";

/**
 * Whether GitLab is reachable from the runner's container, with its network, name servers and certificates.
 * `gitlab-runner verify` exits with 0 when GitLab is unreachable, so its output counts. Source:
 * https://gitlab.com/gitlab-org/gitlab-runner/-/blob/main/commands/verify.go
 * @param timeout in milliseconds
 */
export async function verify(engine: DockerHost, container: string, timeout: number): Promise<RunnerReach> {
  const signal = AbortSignal.timeout(timeout);
  try {
    const { output } = await runInContainer(engine, container, ["gitlab-runner", "verify"], signal);
    const failure = /Verifying runner\.\.\. +(?:failed|client error).*/.exec(output)?.[0];
    if (failure !== undefined) return { kind: "unreachable", reason: reasonIn(failure) };
    // GitLab is reachable if it refuses a token, too.
    if (/Verifying runner\.\.\. +is (?:valid|alive|not valid|removed)/.test(output))
      return { kind: "answers" };
    return unknownState("`gitlab-runner verify` in the container reported no result");
  } catch (error) {
    if (signal.aborted) return { kind: "unreachable", reason: noAnswer(timeout) };
    return unknownState((error as Error).message);
  }
}

/** The reason of a failure. Only known phrases are repeated: the line may contain confidential values. */
function reasonIn(failure: string): string {
  const known = /dial tcp.*|x509: .*|tls: .*|context deadline exceeded|\b[45]\d\d [A-Z][A-Za-z ]*|EOF/;
  return known.exec(failure)?.[0].trim() ?? "the request failed";
}
