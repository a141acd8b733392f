import { buffer } from "node:stream/consumers";
import type Docker from "dockerode";
import { pack } from "tar-stream";
import { LABEL } from "../../../src/model/labels.ts";

/** What a double of a runner's container is to be like. */
export interface RunnerDouble {
  readonly project: string;
  readonly env: readonly string[];
  readonly config: string;
  /** Its `.runner_system_id`. @default none, as before its first start */
  readonly systemId?: string;
  /** What `gitlab-runner verify` does in it, in shell. @default it succeeds */
  readonly verify?: string;
}

/** A program that answers as gitlab-runner does to `--version` and `verify`, and runs no job. */
function program(verify: string): string {
  return `#!/bin/sh
case $1 in
  --version) printf 'Version:      19.3.0\\nGit revision: 0000\\n' ;;
  verify) ${verify} ;;
esac
`;
}

/**
 * Makes a double of a runner's container, which is not started: no gitlab-runner, but labelled as one is,
 * with its files. Whoever asks for it removes it.
 */
export async function runnerDouble(
  docker: Docker,
  { project, env, config, systemId, verify = "echo 'Verifying runner... is valid'" }: RunnerDouble,
): Promise<Docker.Container> {
  const container = await docker.createContainer({
    name: `${project}-runner`,
    Image: "alpine:3.19",
    Cmd: ["sleep", "600"],
    StopSignal: "SIGKILL",
    Env: [...env],
    Labels: {
      [LABEL.kind]: "runner",
      [LABEL.project]: project,
      [LABEL.stack]: "ci",
      "nestbox.test": project,
    },
  });
  const files = pack();
  files.entry({ name: "etc/gitlab-runner/config.toml" }, config);
  if (systemId !== undefined) files.entry({ name: "etc/gitlab-runner/.runner_system_id" }, systemId);
  files.entry({ name: "usr/bin/gitlab-runner", mode: 0o755 }, program(verify));
  files.finalize();
  await container.putArchive(await buffer(files), { path: "/" });
  return container;
}
