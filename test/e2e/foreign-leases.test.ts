import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { createEmptyVolume } from "../../src/docker/empty-volume.ts";
import { engineTime } from "../../src/docker/engine-clock.ts";
import { engineHost } from "../../src/docker/engine-host.ts";
import { LABEL } from "../../src/model/labels.ts";
import { ELSEWHERE, leaseLabels } from "../ownership/lease-labels.ts";
import { engineProxy } from "./engine-gate.ts";
import { ownedBy, serviceContainer } from "./engine-view.ts";
import { type UserProject, userProject } from "./user-project.ts";

// Leases that a person or another version has written, and an engine that permits none.

let project: UserProject;

const REFUSAL = "authorization denied by plugin policy: no volumes";

beforeAll(() => {
  project = userProject("e2e-foreign-leases");
  project.configure({ sandboxes: ["shop"], timeToLive: "2h" });
  project.declare(`sandbox("shop", {
    services: { cache: redis() },
    jobs: { quick: { image: "redis:7-alpine", script: ["true"] } },
  })`);
});

afterAll(() => project.remove());

/** Puts a lease of the test's stack on the engine, as another program would. Returns its volume's name. */
async function put(name: string, changed: Readonly<Record<string, string>>): Promise<string> {
  const { owner, stack } = project;
  // A killed run of the test leaves its volumes: another owner's.
  const volume = `${stack}_foreign-${name}-${owner.split("/").at(-1)}`;
  const expires = (await engineTime(engineHost(process.env))) + 20_000;
  const labels = leaseLabels({ owner, stack, covers: "work", holder: ELSEWHERE, expires });
  await createEmptyVolume(engineHost(process.env), volume, { ...labels, ...changed });
  return volume;
}

test("leases that no Nestbox of this version has written are reported and protect nothing", async () => {
  await project.bringUp();
  const { Id } = await serviceContainer(project.owner, "cache");
  const unknown = await put("unknown", { [LABEL.covers]: "reading" });
  const defects = {
    [unknown]: 'this version of Nestbox does not know what "reading" covers',
    [await put("empty", { [LABEL.ends]: "" })]: "its end is no time",
    [await put("words", { [LABEL.ends]: "when it pleases" })]: "its end is no time",
    [await put("never", { [LABEL.ends]: "never" })]: "it ends later than any renewal sets it",
    [await put("late", { [LABEL.ends]: "2926-01-01T00:00:00Z" })]: "it ends later than any renewal sets it",
    [await put("removal-never", { [LABEL.covers]: "removal", [LABEL.ends]: "never" })]:
      "it ends later than any renewal sets it",
    [await put("removal-words", { [LABEL.covers]: "removal", [LABEL.ends]: "tomorrow" })]:
      "its end is no time",
    [await put("stack-words", { [LABEL.covers]: "stack", [LABEL.ends]: "tomorrow" })]: "its end is no time",
  };
  const { stderr } = await project.succeed("gc");
  for (const [volume, defect] of Object.entries(defects))
    expect(stderr.split("\n")).toContain(`! lease ${volume}: ${defect}, so it is ignored`);

  await project.succeed("extend", "3h");
  await project.succeed("up");
  await project.succeed("run", "shop", "quick");
  expect((await project.succeed("ls")).stdout).toMatch(/e2e-foreign-leases, .* ends in (3 h|2 h 5\d min)/);
  await project.succeed("gc", "--yes");
  expect((await serviceContainer(project.owner, "cache")).Id).toBe(Id);
  // Another version may need the one that this version does not know.
  expect((await ownedBy(project.owner)).filter((resource) => resource.includes("_foreign-"))).toEqual([
    `volume ${unknown}`,
  ]);

  await put("late", { [LABEL.ends]: "2926-01-01T00:00:00Z" });
  await project.succeed("extend", "1ms");
  await project.succeed("gc", "--yes");
  expect(await ownedBy(project.owner)).toEqual([]);
});

test("an end that no clock reaches is no duration", async () => {
  expect(await project.nestbox(["extend", "99999999999d"])).toMatchObject({
    exitCode: 2,
    stderr: expect.stringMatching(/extend: "99999999999d" is not a duration/),
  });
});

test.each(["up", "run shop", "extend 3h", "gc --yes"])(
  "%s reports an engine whose authorization plugin permits no volumes, and changes nothing",
  async (command) => {
    await project.bringUp();
    await project.succeed("extend", "1ms");
    const before = await ownedBy(project.owner);
    const proxy = await engineProxy(({ method, path }) =>
      method === "POST" && path.startsWith("/volumes/create")
        ? { refusal: { status: 403, message: REFUSAL } }
        : {},
    );
    try {
      const { exitCode, stderr } = await project.nestbox(command.split(" "), proxy.environment);
      expect(stderr).toMatch(/^error .*the Docker engine at unix:.*: does not permit to create volumes/m);
      expect(stderr).toContain(`(${REFUSAL}); permit POST /volumes/create`);
      expect(stderr).not.toMatch(/\n\s+at /);
      expect(exitCode).toBe(2);
      expect(await ownedBy(project.owner)).toEqual(before);
    } finally {
      proxy.close();
    }
  },
);
