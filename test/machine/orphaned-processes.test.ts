import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import { afterEach, expect, test } from "@jest/globals";
import { endOrphanedProcesses, startedByThisProcess } from "../../src/machine/orphaned-processes.ts";
import { ownProcessMark } from "../../src/machine/process-mark.ts";
import { ownPlace } from "../../src/machine/process-place.ts";
import { processExists } from "../../src/machine/running-process.ts";
import { eventually } from "../eventually.ts";

const { boot, namespace } = ownPlace();
const FOLDER = "/projects/a project";
const DEAD = `${hostname()} ${spawnSync("true").pid} 7 ${boot} ${namespace}`;

const started: number[] = [];

afterEach(() => {
  for (const pid of started.splice(0).filter(processExists)) process.kill(pid, "SIGKILL");
});

/** Starts a process with a child in a session of its own. Returns their IDs. */
async function start(variables: Readonly<Record<string, string>>): Promise<readonly number[]> {
  const script = "setsid sleep 1000 >/dev/null 2>&1 & echo $!; wait";
  const child: ChildProcess = spawn("sh", ["-c", script], {
    env: { ...process.env, ...variables },
    stdio: ["ignore", "pipe", "ignore"],
  });
  const [line] = child.stdout ? await once(child.stdout, "data") : [];
  const pids = [child.pid ?? 0, Number(String(line))];
  started.push(...pids);
  // A process that is just being replaced by its program shows no variables.
  const program = () => readFileSync(`/proc/${pids[1]}/cmdline`, "utf8");
  await eventually(() => expect(program()).toBe("sleep\x001000\0"), { within: "30s" });
  return pids;
}

function startedBy(mark: string, folder = FOLDER): Readonly<Record<string, string>> {
  const own = Object.entries(startedByThisProcess(folder));
  return Object.fromEntries(own.map(([name, value]) => [name, value.replace(ownProcessMark(), mark)]));
}

test("the descendants of a dead process of this machine are ended, whatever their session", async () => {
  const orphans = await start(startedBy(DEAD));
  expect(endOrphanedProcesses(FOLDER)).toBe(2);
  await eventually(async () => expect(orphans.filter(processExists)).toEqual([]), { within: "30s" });
});

test.each([
  ["started by this process, which runs", startedByThisProcess(FOLDER)],
  ["started by a process of another machine", startedBy(`elsewhere 1 1 ${boot} ${namespace}`)],
  ["started by a dead process in another project", startedBy(DEAD, "/other/projects/a project")],
  ["with an unreadable mark", startedBy("")],
  ["that Nestbox did not start", {}],
])("a process %s goes on", async (_, variables) => {
  const pids = await start(variables);
  const orphans = await start(startedBy(DEAD));
  endOrphanedProcesses(FOLDER);
  await eventually(async () => expect(orphans.filter(processExists)).toEqual([]), { within: "30s" });
  expect(pids.filter(processExists)).toEqual(pids);
});
