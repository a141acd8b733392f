import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { engineHost } from "../../src/docker/engine-host.ts";
import { readOwnedResources } from "../../src/docker/owned-resources.ts";
import { type UserProject, userProject } from "./user-project.ts";

let project: UserProject;

beforeAll(() => {
  project = userProject("prove-verb");
});

afterAll(() => project.remove());

/** Declares a sandbox with a job. */
function declare(script: string): void {
  project.declare(
    `sandbox("proved", {
      services: { cache: redis() },
      jobs: { tests: { image: "redis:7-alpine", script: ["${script}"] } },
    })`,
  );
}

/** What exists of sandboxes of this name. */
async function left(): Promise<readonly string[]> {
  const resources = await readOwnedResources(engineHost(process.env));
  return resources.filter(({ name }) => name.includes("proved")).map(({ kind, name }) => `${kind} ${name}`);
}

test("prints the matrix of a sandbox on a target", async () => {
  declare("redis-cli -h cache ping");
  const { exitCode, stdout } = await project.nestbox(["prove", "proved", "--target", "docker"]);
  expect(stdout).toContain("every alias answers            ✓");
  expect(stdout).toContain("services start in order        ·");
  expect(exitCode).toBe(0);
  expect(await left()).toEqual([]);
});

test("exits with 1 for a target that differs, and names it", async () => {
  declare("echo no good; exit 3");
  const { exitCode, stdout } = await project.nestbox(["prove", "--target", "docker"]);
  expect(stdout).toContain("exit codes are kept            ✗");
  expect(stdout).toMatch(/^✗ {2}docker {2}proved\.jobs\.tests {2}exit code 3, not 0: no good$/m);
  expect(exitCode).toBe(1);
  expect(await left()).toEqual([]);
});

test("a named target that is not there is an error", async () => {
  declare("true");
  const { exitCode, stderr } = await project.nestbox(["prove", "--target", "kubernetes"], {
    KUBECONFIG: "/no/such/kubeconfig",
  });
  expect(stderr).toMatch(/^error \/no\/such\/kubeconfig: has no Kubernetes context; set KUBECONFIG /m);
  expect(exitCode).toBe(2);
});

test("Ctrl-C removes everything", async () => {
  declare("sleep 100");
  const { process: child, ended, printed } = project.start(["prove", "--target", "docker"]);
  await printed(/proved on docker/);
  child.kill("SIGINT");
  expect((await ended).exitCode).toBe(130);
  expect(await left()).toEqual([]);
});
