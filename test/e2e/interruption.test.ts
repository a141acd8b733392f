import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { LABEL } from "../../src/model/labels.ts";
import { eventually } from "../eventually.ts";
import { namedAlike, ownedBy, serviceContainer, serviceContainers } from "./engine-view.ts";
import { type CommandEnd, type UserProject, userProject } from "./user-project.ts";

let project: UserProject;

beforeAll(() => {
  project = userProject("e2e-interruption");
  project.configure({ sandboxes: ["slow"] });
});

afterAll(() => project.remove());

function declare(probe: string): void {
  project.declare(`sandbox("slow", {
    services: {
      server: {
        image: "alpine:3.19",
        command: ["sh", "-c", "trap exit TERM; echo running; sleep 1000 & wait"],
        probe: ${probe},
      },
    },
    jobs: {
      wait: { image: "alpine:3.19", files: "notes", script: ["echo job runs", "sleep 1000"] },
      quick: { image: "alpine:3.19", files: "notes", script: ["cat note.txt"] },
    },
  })`);
  project.write("notes/note.txt", "a note\n");
}

async function bringUp(): Promise<void> {
  declare('exec("true")');
  await project.bringUp();
}

/** Expects that every resource named after the stack has its label, so that clean-up finds it. */
async function unlabelled(): Promise<readonly string[]> {
  const labelled = await ownedBy(project.owner);
  const names = await namedAlike(project.stack);
  return names.filter((name) => !labelled.some((line) => line.split(/[ /]+/).includes(name)));
}

describe.each<NodeJS.Signals>(["SIGINT", "SIGHUP"])("up that %s ends while it waits", (signal) => {
  let end: CommandEnd;

  beforeAll(async () => {
    declare('exec("false", { within: "10m" })');
    const command = project.start(["up"]);
    await eventually(
      async () =>
        expect(await serviceContainers(project.owner, "server")).toMatchObject([
          { State: "running", Status: expect.stringMatching(/starting/) },
        ]),
      { within: "1m" },
    );
    command.process.kill(signal);
    end = await command.ended;
  });

  test("fails without a stack trace", () => {
    expect(end.exitCode).toBe(130);
    expect(end.stderr).toMatch(/✗ stack e2e-interruption /);
    expect(end.stderr).not.toMatch(/\n\s+at |node_modules/);
  });

  test("leaves nothing without a label", async () => {
    expect(await unlabelled()).toEqual([]);
  });

  test("does not block the next up", async () => {
    declare('exec("true")');
    expect(await project.nestbox(["up"])).toMatchObject({ exitCode: 0 });
    const { Config, State } = await serviceContainer(project.owner, "server");
    expect(State.Health?.Status).toBe("healthy");
    expect(Config.Labels[LABEL.owner]).toBe(project.owner);
  });
});

describe.each<NodeJS.Signals>(["SIGINT", "SIGTERM", "SIGHUP"])("run that %s ends", (signal) => {
  beforeEach(bringUp);

  test("removes its job and exits with 130", async () => {
    const before = await namedAlike(project.stack);
    const command = project.start(["run", "slow", "wait"]);
    await command.printed(/^job runs$/m);
    command.process.kill(signal);
    const { exitCode, stderr } = await command.ended;
    expect(exitCode).toBe(130);
    expect(stderr).toMatch(/✗ slow wait .* interrupted/);
    expect(await namedAlike(project.stack)).toEqual(before);
  });
});

test("the next run works", async () => {
  await bringUp();
  const { exitCode, stdout } = await project.nestbox(["run", "slow", "quick"]);
  expect(exitCode).toBe(0);
  expect(stdout).toContain("\na note\n");
});

test("down leaves nothing", async () => {
  await bringUp();
  expect(await project.nestbox(["down"])).toMatchObject({ exitCode: 0 });
  expect(await namedAlike(project.stack)).toEqual([]);
});
