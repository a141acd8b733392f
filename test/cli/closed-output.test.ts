import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "@jest/globals";

const REPOSITORY = path.resolve(__dirname, "../..");

/** Runs a line of bash in which `$nestbox` is the command, and descriptor 3 a pipe that nobody reads. */
function bash(line: string) {
  const main = path.join(REPOSITORY, "src/cli/main.mjs");
  const nestbox = `${process.execPath} ${main}`;
  const { status, stdout, stderr } = spawnSync("bash", ["-c", `exec 3> >(true); wait $!; ${line}`], {
    cwd: REPOSITORY,
    env: { ...process.env, nestbox },
    encoding: "utf8",
  });
  return { status, stdout, stderr };
}

test.each(["$nestbox plan shop >&3", "$nestbox plan nope 2>&3", "$nestbox --help >&3 2>&3"])(
  "%s ends as other programs do whose output nobody reads",
  (line) => {
    expect(bash(line)).toEqual({ status: 141, stdout: "", stderr: "" });
  },
);

test("a reader gets everything that it waits for", () => {
  const plan = readFileSync(path.join(REPOSITORY, "test/model/plan/plans/snake.yaml"), "utf8");
  expect(bash("$nestbox plan snake | cat")).toEqual({ status: 0, stdout: plan, stderr: "" });
});

test("a full disk is reported where an error can be", () => {
  expect(bash("$nestbox plan shop >/dev/full")).toEqual({
    status: 1,
    stdout: "",
    stderr: "error standard output: ENOSPC: no space left on device, write; free space, or write elsewhere\n",
  });
  expect(bash("$nestbox plan nope 2>/dev/full")).toEqual({ status: 1, stdout: "", stderr: "" });
});
