import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { type UserProject, userProject } from "./user-project.ts";

let project: UserProject;

beforeAll(async () => {
  project = userProject("e2e-pulumi-stack");
  project.declare();
  project.configure({ sandboxes: [] });
  for (const stack of ["dev", "other", project.stack]) await pulumi(["stack", "init", stack, "--no-select"]);
});

afterAll(() => project.remove());

/** Runs `nestbox WORD… pulumi …`, and gives its output. `stack` is PULUMI_STACK, which is not set without. */
async function pulumi(
  given: readonly string[],
  { words = [], stack }: { readonly words?: readonly string[]; readonly stack?: string } = {},
): Promise<string> {
  const command = [...words, "pulumi", ...given];
  const { exitCode, stdout, stderr } = await project.nestboxEverywhere(command, { PULUMI_STACK: stack });
  if (exitCode !== 0) throw new Error(`${command.join(" ")}: ${stderr}`);
  return stdout.trim();
}

const SHOW = ["stack", "--show-name"];

test("Pulumi takes the stack of every other verb", async () => {
  expect(await pulumi(SHOW)).toBe("dev");
  expect(await pulumi(SHOW, { stack: "other" })).toBe("other");
  expect(await pulumi(SHOW, { words: ["--stack", project.stack] })).toBe(project.stack);
  expect(await pulumi(["--stack", project.stack, ...SHOW])).toBe(project.stack);
});

test("Pulumi's own words name another", async () => {
  expect(await pulumi([...SHOW, "--stack", "other"], { words: ["--stack", project.stack] })).toBe("other");
});

test("a preview needs no selected stack", async () => {
  expect(await pulumi(["preview", "--json"], { words: ["--stack", project.stack] })).toContain('"create": 1');
});

test("a command of Pulumi's that takes no stack gets none", async () => {
  expect(await pulumi(["whoami"])).not.toBe("");
});

test("a branch and a stack together are refused", async () => {
  await expect(pulumi(["--branch=main", ...SHOW, "-s", "other"])).rejects.toThrow(
    "error --branch: --stack other names a stack, too; leave out one of them",
  );
});
