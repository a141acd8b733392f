import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { type PulumiProject, pulumiProject, pulumiYaml } from "../../pulumi-project.ts";

let project: PulumiProject;

beforeAll(async () => {
  project = await pulumiProject({ "Pulumi.yaml": pulumiYaml("--stack-trace-limit=5"), "index.ts": "" });
});
afterAll(() => project?.remove());

const up = () => project.pulumi("up", "--yes", "--skip-preview");

test("a TypeScript program runs with its configuration and options, and its output is shown", async () => {
  await project.pulumi("config", "set", "greeting", "hello");
  await project.pulumi("config", "set", "--secret", "token", "geheim");
  project.write(
    "index.ts",
    `import * as pulumi from "@pulumi/pulumi";
     const config = new pulumi.Config();
     const greeting: string = config.require("greeting");
     console.log(greeting + " from " + pulumi.getStack() + " " + process.execArgv.join(" "));
     export const token = config.requireSecret("token");`,
  );
  const { code, output } = await up();
  expect(output).toContain("hello from test --stack-trace-limit=5");
  expect(code).toBe(0);
  expect((await project.pulumi("stack", "output")).output).toMatch(/token\s+\[secret\]/);
});

test("an error of the program is shown once", async () => {
  project.write(
    "index.ts",
    `import { RunError } from "@pulumi/pulumi";
     class Wrong extends RunError { [Symbol.for("nodejs.util.inspect.custom")]() { return this.message; } }
     throw new Wrong("the pool is too small");`,
  );
  const { code, output } = await up();
  expect(code).not.toBe(0);
  expect(output).toContain("the pool is too small");
  expect(output).not.toContain("exit code");
});

test("a program with an unknown exit code is an error", async () => {
  project.write("index.ts", "process.exit(3);");
  const { code, output } = await up();
  expect(code).not.toBe(0);
  expect(output).toContain("the program ended with exit code 3");
});

test.each(["SIGINT", "SIGKILL"] as const)("a program ends with a CLI that gets %s", async (signal) => {
  const pidFile = join(project.folder, `pid-${signal}`);
  project.write(
    "index.ts",
    `import { writeFileSync } from "node:fs";
     writeFileSync(${JSON.stringify(pidFile)}, JSON.stringify([process.pid, process.ppid]));
     await new Promise((resolve) => setTimeout(resolve, 1e9));`,
  );
  const cli = project.start("up", "--yes", "--skip-preview");
  await until(() => existsSync(pidFile) && readFileSync(pidFile, "utf8") !== "");
  const pids: number[] = JSON.parse(readFileSync(pidFile, "utf8"));
  expect(pids.filter(isAlive)).toEqual(pids);
  cli.kill(signal);
  await once(cli, "exit");
  await until(() => pids.filter(isAlive).length === 0);
  await project.pulumi("cancel", "--yes");
});

/** Polls a condition until the test's timeout. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await pause(20);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
