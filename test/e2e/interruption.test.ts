import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
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

/** All that is called after the stack carries its label: nothing is left that clean-up does not find. */
async function unlabelled(): Promise<readonly string[]> {
  const labelled = await ownedBy(project.owner);
  const names = await namedAlike(project.stack);
  return names.filter((name) => !labelled.some((line) => line.split(/[ /]+/).includes(name)));
}

describe("up that is ended by Ctrl-C while it waits", () => {
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
    command.process.kill("SIGINT");
    end = await command.ended;
  });

  test("fails, and says so without a stack trace", () => {
    expect(end.exitCode).toBe(130);
    expect(end.stderr).toMatch(/✗ stack e2e-interruption /);
    expect(end.stderr).not.toMatch(/\n\s+at |node_modules/);
  });

  test("leaves nothing that has no label", async () => {
    expect(await unlabelled()).toEqual([]);
  });

  test("does not keep the next up from working", async () => {
    declare('exec("true")');
    expect(await project.nestbox(["up"])).toMatchObject({ exitCode: 0 });
    const { Config, State } = await serviceContainer(project.owner, "server");
    expect(State.Health?.Status).toBe("healthy");
    expect(Config.Labels[LABEL.owner]).toBe(project.owner);
  });
});

describe.each<NodeJS.Signals>(["SIGINT", "SIGTERM"])("run that is ended by %s", (signal) => {
  test("ends its job, leaves nothing of it, and ends with 130", async () => {
    const before = await namedAlike(project.stack);
    const command = project.start(["run", "slow", "wait"]);
    await command.said(/^job runs$/m);
    command.process.kill(signal);
    const { exitCode, stderr } = await command.ended;
    expect(exitCode).toBe(130);
    expect(stderr).toMatch(/✗ slow wait .* interrupted/);
    expect(await namedAlike(project.stack)).toEqual(before);
  });
});

test("the next run works", async () => {
  const { exitCode, stdout } = await project.nestbox(["run", "slow", "quick"]);
  expect(exitCode).toBe(0);
  expect(stdout).toContain("\na note\n");
});

test("down after all of it leaves nothing", async () => {
  expect(await project.nestbox(["down"])).toMatchObject({ exitCode: 0 });
  expect(await namedAlike(project.stack)).toEqual([]);
});
