import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { possessionsOf, serviceContainer, serviceContainers } from "./engine-view.ts";
import { type CommandEnd, type UserProject, userProject } from "./user-project.ts";

let project: UserProject;

/** A shell that says something and then sleeps until it is told to end. */
const says = (words: string) =>
  `["sh", "-c", "trap exit TERM; ${words.replaceAll('"', '\\"')}; sleep 1000 & wait"]`;

type Troubled = "sick" | "mute" | "migration";

/** Services of which some fail, each in a way of its own. Each writes what it does into a journal. */
function declare(working: readonly Troubled[]): void {
  const works = (service: Troubled) => working.includes(service);
  const shared = 'image: "alpine:3.19", volumes: { "/journal": "journal" }';
  project.declare(`sandbox("order", {
    volumes: ["journal"],
    services: {
      good: { ${shared}, command: ${says("echo good >> /journal/log")} },
      sick: {
        ${shared},
        command: ${says("for n in 1 2 3; do echo sick line $n; done; echo sick >> /journal/log")},
        probe: exec("${works("sick") ? "true" : "echo no pulse; false"}", { within: "1s" }),
      },
      mute: {
        ${shared},
        command: ${says(works("mute") ? "sleep 0.3; echo mute >> /journal/log; echo Listening on 80" : "echo hum")},
        probe: log(/^listening on \\d+$/i, { within: "1s" }),
      },
      migration: {
        ${shared},
        runsOnce: true,
        command: ["sh", "-c", "echo migrating; echo migration >> /journal/log; exit ${works("migration") ? 0 : 3}"],
      },
      client: {
        ${shared},
        command: ${says("echo client >> /journal/log")},
        after: { migration: "completed", mute: "ready", sick: "ready" },
      },
    },
    jobs: { journal: { ${shared}, script: ["cat /journal/log"] } },
  })`);
}

/** Brings the sandbox up with this service in trouble. */
async function failWith(troubled: Troubled): Promise<CommandEnd> {
  declare((["sick", "mute", "migration"] as const).filter((service) => service !== troubled));
  return project.nestbox(["up"]);
}

beforeAll(() => {
  project = userProject("e2e-failures");
  project.configure({ sandboxes: ["order"] });
});

afterAll(() => project.remove());

describe("a service that fails ends up with exit code 1 and is named", () => {
  test.each<[Troubled, string, RegExp]>([
    [
      "sick",
      "that is unhealthy, with its time limit and last lines",
      /^error container e2e-failures_order_sick-\w+: not healthy within 1 s[^\n]*\n {2}sick line 1\n {2}sick line 2\n {2}sick line 3$/m,
    ],
    [
      "mute",
      "that never says that it is ready, with what it should say, its time limit and last lines",
      /^error e2e-failures_order_mute did not get ready: no line matched .*listening on.* within 1s\. .*:\n {2}hum$/m,
    ],
    [
      "migration",
      "that should complete, with its exit code and last lines",
      /^error e2e-failures_order_migration ended with exit code 3\. .*:\n {2}migrating$/m,
    ],
  ])("%s: one %s", async (troubled, _, message) => {
    const { exitCode, stderr } = await failWith(troubled);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^✗ stack e2e-failures /m);
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/\n\s+at |node_modules|\.ts:\d|unhandled|serializing|update failed/);
    expect(await serviceContainers(project.owner, "client")).toEqual([]);
  });

  test("run says what is missing", async () => {
    const { exitCode, stderr } = await project.nestbox(["run", "order"]);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(
      /error sandbox "order" is not up \(.*service client.* missing\); first: nestbox up/,
    );
  });
});

describe("once they are mended", () => {
  test("up makes them again, and only them", async () => {
    const good = await serviceContainer(project.owner, "good");
    declare(["sick", "mute", "migration"]);
    expect(await project.nestbox(["up"])).toMatchObject({ exitCode: 0 });
    expect((await serviceContainer(project.owner, "good")).Id).toBe(good.Id);
    expect((await serviceContainer(project.owner, "sick")).State.Health?.Status).toBe("healthy");
    expect((await serviceContainer(project.owner, "migration")).State).toMatchObject({
      Running: false,
      ExitCode: 0,
    });
  });

  test("each has started after what it comes after", async () => {
    const { exitCode, stdout } = await project.nestbox(["run", "order", "journal"]);
    expect(exitCode).toBe(0);
    const journal = stdout.trim().split("\n");
    const last = (word: string) => journal.lastIndexOf(word);
    expect(last("client")).toBe(journal.length - 1);
    for (const before of ["migration", "mute", "sick"]) expect(last(before)).toBeGreaterThan(0);
  });

  test("there is nothing left to change", async () => {
    expect((await project.nestbox(["up"])).stderr).toMatch(/nothing to change/);
  });

  test("down leaves nothing", async () => {
    expect(await project.nestbox(["down"])).toMatchObject({ exitCode: 0 });
    expect(await possessionsOf(project.owner)).toEqual([]);
  });
});
