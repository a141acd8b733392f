import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, test } from "@jest/globals";
import { connect } from "../../../bench/connect.ts";
import { engineHost } from "../../../src/docker/engine-host.ts";
import type { InspectedRunner } from "../../../src/doctor/runner/inspect-runners.ts";
import { configFile } from "../../../src/gitlab/runner/config-file.ts";
import { withMeasuredMtu } from "../../../src/gitlab/runner/host-limits.ts";
import { inspectRunnerHost } from "../../../src/gitlab/runner/runner-host.ts";
import { runnerDouble } from "../../doctor/runner/runner-double.ts";

const COMMAND = path.join(__dirname, "../../../src/cli/main.mjs");

test("a runner is compared with its project, also without GitLab, and its token stays secret", async () => {
  const folder = mkdtempSync(path.join(tmpdir(), "nestbox-doctor-"));
  const doctor = (...words: readonly string[]) =>
    spawnSync(process.execPath, [COMMAND, "doctor", ...words], {
      cwd: folder,
      encoding: "utf8",
      env: { ...process.env, NO_COLOR: "1" },
    });
  const project = `doctor-cli-${process.pid}`;
  const runners = [{ name: "plain", tags: ["docker"] }];
  writeFileSync(path.join(folder, "package.json"), '{"type": "module"}');
  writeFileSync(path.join(folder, "Pulumi.yaml"), `name: ${project}\n`);
  mkdirSync(path.join(folder, "sandboxes"));
  const declaration = path.join(folder, "sandboxes/runners.ts");
  writeFileSync(declaration, `export default ${JSON.stringify(runners)};\n`);
  const docker = await connect();
  const container = await runnerDouble(docker, {
    project,
    config: configFile(withMeasuredMtu(runners, await inspectRunnerHost(engineHost(process.env)))),
    systemId: "s_0123456789ab",
    env: ["NESTBOX_GITLAB_URL=http://127.0.0.1:1", "NESTBOX_RUNNER_TOKEN_PLAIN=glrt-of-this-test"],
  });
  try {
    await container.start();
    const { status, stdout, stderr } = doctor("--json");
    expect(status).toBe(1);
    expect(stdout + stderr).not.toContain("glrt-of-this-test");
    const report = JSON.parse(stdout) as { runners: readonly InspectedRunner[] };
    const examined = report.runners.find((each) => each.project === project);
    expect(examined).toMatchObject({ container: `${project}-runner`, stack: "ci" });
    expect(examined?.checks.map(({ id, state }) => `${id} ${state}`)).toEqual([
      ...[
        "runner good",
        "runner-version good",
        "runner-config good",
        "runner-room good",
        "runner-metrics good",
      ],
      ...["gitlab problem", "gitlab-from-runner good", "runner-token unknown"],
    ]);

    writeFileSync(declaration, "export default [{ name: 'plain', tags: ['docker'], limit: 9 }];\n");
    const changed = doctor().stdout;
    expect(changed).toContain(
      `\n\n${project}-runner  runner of ${project}/ci\n✓ ${project}-runner is running`,
    );
    expect(changed).toContain(
      "! config.toml differs from the declared runners: concurrent, runners.plain.limit\n" +
        "  Run `nestbox up --stack ci`",
    );
    writeFileSync(declaration, "export default [{ name: 'plain' }];\n");
    expect(doctor().stdout).toContain(
      "? config.toml can be read, but its declaration cannot: sandboxes/runners.ts: plain.tags: is missing",
    );
  } finally {
    await container.remove({ force: true });
    rmSync(folder, { recursive: true });
  }
});
