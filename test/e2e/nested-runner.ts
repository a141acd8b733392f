import { Readable } from "node:stream";
import { pack } from "tar-stream";
import { GITLAB_RUNNER_IMAGES } from "../../airgap/images/stand-ins.ts";
import { connect } from "../../bench/connect.ts";
import { configFile, tokenVariable, URL_VARIABLE } from "../../src/gitlab/runner/config-file.ts";
import type { Runner } from "../../src/model/runner/runner.ts";
import { type GitLabDouble, gitlabDouble, TOKENS } from "../airgap/gitlab-provider/gitlab-double.ts";
import { type CoordinatorDouble, coordinatorDouble } from "../pulumi/runner/coordinator-double.ts";
import type { NestedEngine } from "./nested-engine.ts";

/**
 * A real gitlab-runner with the rendered configuration of declared runners, and a double of GitLab.
 */
export interface NestedRunner {
  readonly coordinator: CoordinatorDouble;
  close(): Promise<void>;
}

/**
 * Starts it on an engine. It ends with the engine.
 * @param machine this machine's address for containers, where the double listens
 */
export async function nestedRunner(
  engine: NestedEngine,
  declared: readonly Runner[],
  machine: string,
): Promise<NestedRunner> {
  const runners = declared.map((runner) => ({ ...runner, pullPolicy: ["if-not-present"] as const }));
  const gitlab = await gitlabDouble();
  const coordinator = await coordinatorDouble(gitlab, machine);
  const tokens = await Promise.all(
    runners.map(async (runner) => `${tokenVariable(runner.name)}=${await register(gitlab, runner)}`),
  );
  const docker = await connect(engine.host);
  const container = await docker.createContainer({
    Image: GITLAB_RUNNER_IMAGES[0],
    Env: [`${URL_VARIABLE}=${coordinator.url}`, ...tokens],
    HostConfig: { Binds: ["/var/run/docker.sock:/var/run/docker.sock"] },
  });
  const files = pack();
  files.entry({ name: "etc/gitlab-runner/config.toml" }, configFile(runners));
  files.finalize();
  await container.putArchive(Readable.from(files), { path: "/" });
  await container.start();
  return {
    coordinator,
    async close() {
      await container.remove({ force: true, v: true });
      await coordinator.close();
      await gitlab.close();
    },
  };
}

async function register({ baseUrl }: GitLabDouble, { tags }: Runner): Promise<string> {
  const answer = await fetch(new URL("user/runners", baseUrl), {
    method: "POST",
    headers: { "private-token": TOKENS.whole, "content-type": "application/json" },
    body: JSON.stringify({ runner_type: "project_type", project_id: 7, tag_list: tags, run_untagged: false }),
  });
  return ((await answer.json()) as { readonly token: string }).token;
}
