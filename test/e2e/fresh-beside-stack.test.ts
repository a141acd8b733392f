import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { ownedBy } from "./engine-view.ts";
import { type UserProject, userProject } from "./user-project.ts";

let project: UserProject;

beforeAll(async () => {
  project = userProject("e2e-fresh-beside-stack");
  project.declare(
    `sandbox("shop", {
      services: { cache: redis({ publish: true }) },
      jobs: { count: { image: "redis:7-alpine", script: ["redis-cli -h cache incr visits"] } },
    })`,
    `sandbox("nested", {
      services: { daemon: dind() },
      jobs: {
        build: {
          image: "docker:25.0.0-cli",
          env: ({ daemon }) => daemon.variables,
          script: ["docker run --rm alpine:3.19 echo from the inner daemon"],
        },
      },
    })`,
  );
  project.configure({ sandboxes: ["shop"] });
  await project.bringUp();
});

afterAll(() => project.remove());

test("a fresh run leaves the stack's sandbox alone, and the other way round", async () => {
  const run = async (...options: readonly string[]) =>
    (await project.succeed("run", "shop", ...options)).stdout.match(/^\d+$/m)?.[0];
  expect(await run()).toBe("1");
  const before = await ownedBy(project.owner);
  expect(await run("--fresh")).toBe("1");
  expect(await run()).toBe("2");
  expect(await ownedBy(project.owner)).toEqual(before);
});

test("a command reaches the stack's published services, and leaves them running", async () => {
  const before = await ownedBy(project.owner);
  const command = ["sh", "-c", "echo $REDIS_HOST:$REDIS_PORT; exit 3"];
  const { exitCode, stdout } = await project.nestbox(["run", "shop", "--", ...command]);
  expect({ exitCode, stdout }).toEqual({
    exitCode: 3,
    stdout: expect.stringMatching(/^127\.0\.0\.1:\d+\n$/),
  });
  expect(await ownedBy(project.owner)).toEqual(before);
});

test("a fresh Docker daemon runs containers", async () => {
  const { stdout } = await project.succeed("run", "nested", "--fresh");
  expect(stdout).toContain("from the inner daemon");
});
