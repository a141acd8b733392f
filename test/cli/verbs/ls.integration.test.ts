import { spawnSync } from "node:child_process";
import path from "node:path";
import { expect, test } from "@jest/globals";
import { connect } from "../../../bench/connect.ts";
import { runnerDouble } from "../../doctor/runner/runner-double.ts";

const repository = path.resolve(__dirname, "../../..");

function ls(...words: readonly string[]): string {
  const command = [path.join(repository, "src/cli/main.mjs"), "--project", repository, "ls", ...words];
  const { status, stdout, stderr } = spawnSync(process.execPath, command, {
    encoding: "utf8",
    env: { ...process.env, NO_COLOR: "1" },
  });
  if (status !== 0) throw new Error(stderr);
  return stdout;
}

test("runners follow the sandboxes in text, and are in JSON only with --runners", async () => {
  const project = `ls-${process.pid}`;
  const container = await runnerDouble(await connect(), { project, env: [], config: "", systemId: "s_ls" });
  try {
    await container.start();
    expect(ls()).toMatch(
      new RegExp(
        `GitLab runners\\n(?:  .*\\n)*  ${project}/ci +running +no jobs +\\d+ s old +${project}-runner\\n`,
      ),
    );
    expect(JSON.parse(ls("--runners", "--json")).runners).toContainEqual({
      container: `${project}-runner`,
      project,
      stack: "ci",
      state: "running",
      jobs: 0,
      created: expect.any(String),
    });
    expect(JSON.stringify(JSON.parse(ls("--json")))).not.toContain(project);
    expect(ls("--runners")).toMatch(/^GitLab runners\n/);
  } finally {
    await container.remove({ force: true });
  }
});
