import { spawn } from "node:child_process";
import { rmSync } from "node:fs";
import path from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { engineHost } from "../../src/docker/engine-host.ts";
import { readOwnedResources } from "../../src/docker/owned-resources.ts";
import { removeResources } from "../../src/docker/remove-owned.ts";
import { LABEL } from "../../src/model/labels.ts";
import type { OwnedResource } from "../../src/ownership/owned-resource.ts";
import { eventually } from "../eventually.ts";
import { PUBLISHED_COMMAND } from "../published.ts";
import { namedAlike, ownedBy } from "./engine-view.ts";
import { type UserProject, userProject } from "./user-project.ts";

const STACK = "e2e-closed-output";

/** A job that prints a line after the other. */
const DECLARATION = `sandbox("talk", {
  services: { server: { image: "alpine:3.19", command: ["sh", "-c", "trap exit TERM; sleep 1000 & wait"] } },
  jobs: { lines: { image: "alpine:3.19", script: ["while echo line; do sleep 0.1; done"] } },
})`;

let stack: UserProject;
/** A project without a Pulumi.yaml. */
let alone: UserProject;

beforeAll(() => {
  stack = userProject(STACK);
  stack.configure({ sandboxes: ["talk"] });
  stack.declare(DECLARATION);
  alone = userProject(`${STACK}-alone`);
  for (const file of ["Pulumi.yaml", "infra"]) rmSync(path.join(alone.folder, file), { recursive: true });
  alone.declare(DECLARATION);
});

afterAll(async () => {
  await removeResources(engineHost(process.env), await ofAlone());
  await alone.remove();
  await stack.remove();
});

async function ofAlone(): Promise<readonly OwnedResource[]> {
  const owned = await readOwnedResources(engineHost(process.env));
  return owned.filter(({ labels }) => labels[LABEL.project] === path.basename(alone.folder));
}

/**
 * Starts a line of bash, in which `$nestbox` is the command in a project, and descriptor 3 a pipe that nobody
 * reads. Its exit code is the command's.
 */
function start(project: UserProject, line: string) {
  const words = `${process.execPath} ${PUBLISHED_COMMAND} --project ${project.folder}`;
  const env = {
    ...process.env,
    ...{ PULUMI_BACKEND_URL: `file://${project.folder}/state`, PULUMI_CONFIG_PASSPHRASE: "correct horse" },
    ...{ PULUMI_STACK: project.stack, nestbox: words },
  };
  const script = `exec 3> >(true); wait $!\n${line}\nexit "\${PIPESTATUS[0]}"`;
  return spawn("bash", ["-c", script], { env, stdio: ["ignore", "pipe", "pipe"] });
}

async function run(project: UserProject, line: string) {
  const child = start(project, line);
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  const [stdout, stderr, status] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  return { status, stdout, stderr };
}

/** Lines of bash that start the job, and close its output sooner or later. */
const ENDS = [
  ["$nestbox run talk lines | head -1", 141, "$ while echo line; do sleep 0.1; done\n"],
  ["$nestbox run talk lines 2>&3", 141, expect.anything()],
  ["$nestbox run talk lines >/dev/full", 1, ""],
  ["$nestbox run talk lines 2>/dev/full", 1, expect.anything()],
] as const;

/** Runs the job in a terminal, and closes that once the job prints. */
async function closeTerminal(project: UserProject): Promise<void> {
  const child = start(project, 'exec script --quiet --return --command "$nestbox run talk lines" /dev/null');
  const ended = new Promise((resolve) => child.once("close", resolve));
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    if (/^line\r?$/m.test(chunk)) child.kill("SIGKILL");
  });
  await ended;
}

describe("a run on a stack whose output is closed", () => {
  let before: readonly string[];

  beforeEach(async () => {
    await stack.bringUp();
    before = await namedAlike(STACK);
  });

  test.each(ENDS)("%s leaves no job", async (line, status, stdout) => {
    const end = await run(stack, line);
    expect(end).toMatchObject({ status, stdout });
    expect(end.stderr).not.toMatch(/Unhandled|node:|\n\s+at /);
    expect(await namedAlike(STACK)).toEqual(before);
  });

  test("a terminal that is closed leaves no job", async () => {
    await closeTerminal(stack);
    await eventually(async () => expect(await namedAlike(STACK)).toEqual(before), { within: "1m" });
  });
});

describe("a run without a stack whose output is closed", () => {
  test.each(ENDS)("%s leaves nothing", async (line, status, stdout) => {
    const end = await run(alone, line);
    expect(end).toMatchObject({ status, stdout });
    expect(end.stderr).not.toMatch(/Unhandled|node:|\n\s+at /);
    expect(await ofAlone()).toEqual([]);
  });

  test("a terminal that is closed leaves nothing", async () => {
    await closeTerminal(alone);
    await eventually(async () => expect(await ofAlone()).toEqual([]), { within: "1m" });
  });
});

test("up whose output is closed is interrupted, and the next one works", async () => {
  await stack.succeed("down");
  expect(await run(stack, "$nestbox up 2>&1 | grep -m1 network >/dev/null")).toMatchObject({
    status: 141,
    stderr: "",
  });
  const labelled = await ownedBy(stack.owner);
  const names = await namedAlike(STACK);
  expect(names.filter((name) => !labelled.some((line) => line.split(/[ /]+/).includes(name)))).toEqual([]);
  await stack.succeed("up");
});
