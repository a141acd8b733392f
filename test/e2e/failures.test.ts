import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { ownedBy, serviceContainer, serviceContainers } from "./engine-view.ts";
import { type CommandEnd, type UserProject, userProject } from "./user-project.ts";

let project: UserProject;

/** A shell that prints a line and then sleeps until SIGTERM. */
const says = (words: string) =>
  `["sh", "-c", "trap exit TERM; ${words.replaceAll('"', '\\"')}; sleep 1000 & wait"]`;

const LISTENS = "sleep 0.3; echo mute >> /journal/log; echo Listening on 80";
const MIGRATES = "echo migrating; echo migration >> /journal/log";

type Troubled = "sick" | "mute" | "migration";

const TROUBLED: readonly Troubled[] = ["sick", "mute", "migration"];

/** Declares services that fail in different ways. Each records its start in a journal. */
function declare(working: readonly Troubled[]): void {
  const works = (service: Troubled) => working.includes(service);
  const limit = (service: Troubled) => (works(service) ? "1m" : "4s");
  const shared = 'image: "alpine:3.19", volumes: { "/journal": "journal" }';
  project.declare(`sandbox("order", {
    volumes: ["journal"],
    services: {
      good: { ${shared}, command: ${says("echo good >> /journal/log")} },
      sick: {
        ${shared},
        command: ${says("for n in 1 2 3; do echo sick line $n; done; echo sick >> /journal/log")},
        probe: exec("${works("sick") ? "true" : "echo no pulse; false"}", { within: "${limit("sick")}" }),
      },
      mute: {
        ${shared},
        command: ${says(works("mute") ? LISTENS : "echo hum")},
        probe: log(/^listening on \\d+$/i, { within: "${limit("mute")}" }),
      },
      migration: {
        ${shared},
        runsOnce: true,
        command: ["sh", "-c", "${MIGRATES}; exit ${works("migration") ? 0 : 3}"],
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

/** Brings the sandbox up with these services failing. */
async function failWith(...troubled: readonly Troubled[]): Promise<CommandEnd> {
  declare(TROUBLED.filter((service) => !troubled.includes(service)));
  return project.nestbox(["up"]);
}

beforeAll(() => {
  project = userProject("e2e-failures");
  project.configure({ sandboxes: ["order"] });
});

afterAll(() => project.remove());

/** The report of each failing service. */
const REPORTS: Readonly<Record<Troubled, string>> = {
  sick: `order.services.sick: not healthy within 4s
  its probe ended with exit code 1:
    no pulse
  its last output:
    sick line 1
    sick line 2
    sick line 3
`,
  mute: `order.services.mute: no line of its output matched /^listening on \\d+$/i within 4s
  its last output:
    hum
`,
  migration: `order.services.migration: ended with exit code 3
  its last output:
    migrating
`,
};

describe("up exits with 1 and reports a failing service, the reason and its last output", () => {
  beforeAll(async () => {
    await project.succeed("down");
  });

  test.each(TROUBLED)("%s", async (troubled) => {
    const { exitCode, stderr } = await failWith(troubled);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^✗ stack e2e-failures /m);
    expect(stderr).toContain(`\nerror ${REPORTS[troubled]}`);
    expect(stderr).not.toMatch(/\n\s+at |node_modules|\.ts:\d|\.go:\d|unhandled|serializing|update failed/);
    expect(await serviceContainers(project.owner, "client")).toEqual([]);
  });
});

describe("a stack whose services fail", () => {
  let failed: CommandEnd;

  beforeAll(async () => {
    await project.succeed("down");
    failed = await failWith(...TROUBLED);
  });

  test("has all of them in one error", () => {
    expect(failed.exitCode).toBe(1);
    expect(failed.stderr).toContain(`\nerror ${REPORTS.migration}${REPORTS.mute}${REPORTS.sick}`);
  });

  test("gets new ones by plain pulumi up too", async () => {
    const before = await Promise.all(TROUBLED.map((service) => serviceContainer(project.owner, service)));
    const { exitCode, stdout } = await project.nestbox(["pulumi", "up", "--yes", "--skip-preview"]);
    expect(exitCode).not.toBe(0);
    for (const report of Object.values(REPORTS)) expect(stdout).toContain(report.split("\n")[0]);
    const after = await Promise.all(TROUBLED.map((service) => serviceContainer(project.owner, service)));
    for (const [index, { Id }] of before.entries()) expect(after[index]?.Id).not.toBe(Id);
  });

  test("runs no job, and the error names the missing services", async () => {
    const { exitCode, stderr } = await project.nestbox(["run", "order"]);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(
      /error sandbox "order": is not up \(.*service client.* missing\); run nestbox up first/,
    );
  });
});

describe("after the repair", () => {
  let good: string;

  beforeAll(async () => {
    await failWith(...TROUBLED);
    good = (await serviceContainer(project.owner, "good")).Id;
    declare(TROUBLED);
    await project.bringUp();
  });

  beforeEach(() => project.bringUp());

  test("up recreates the failed services alone", async () => {
    expect((await serviceContainer(project.owner, "good")).Id).toBe(good);
    expect((await serviceContainer(project.owner, "sick")).State.Health?.Status).toBe("healthy");
    expect((await serviceContainer(project.owner, "migration")).State).toMatchObject({
      Running: false,
      ExitCode: 0,
    });
  });

  test("each service has started after its dependencies", async () => {
    const { exitCode, stdout } = await project.nestbox(["run", "order", "journal"]);
    expect(exitCode).toBe(0);
    const journal = stdout.trim().split("\n");
    const last = (word: string) => journal.lastIndexOf(word);
    expect(last("client")).toBe(journal.length - 1);
    for (const before of ["migration", "mute", "sick"]) expect(last(before)).toBeGreaterThan(0);
  });

  test("nothing is left to change", async () => {
    expect((await project.nestbox(["up"])).stderr).toMatch(/nothing to change/);
  });
});

test("down of failed services leaves nothing", async () => {
  await failWith(...TROUBLED);
  expect(await project.nestbox(["down"])).toMatchObject({ exitCode: 0 });
  expect(await ownedBy(project.owner)).toEqual([]);
});
