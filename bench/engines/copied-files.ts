import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { PublishedProject } from "../published-project.ts";
import { inRounds, type Pair } from "../rounds.ts";
import { NODE } from "./machine.ts";
import { MARK, marksOf } from "./marks.ts";
import type { StartedEngine } from "./started-engine.ts";

const FOLDERS = 200;
const FILES_EACH = 100;

/** The size of a file, in bytes. */
const SIZE = 1024;

/** The text of a sandbox with a job that gets the files, and one that gets none. Each reports its start. */
export const COPYING = `sandbox("copying", {
  services: {},
  jobs: Object.fromEntries(Object.entries({ all: { files: "files" }, none: {} }).map(([name, files]) =>
    [name, { image: "redis:7-alpine", script: ['${MARK}'], ...files }])),
})`;

/** Writes the 20,000 files of the job. */
export function writeFiles({ folder }: PublishedProject): void {
  for (let each = 0; each < FOLDERS; each++) {
    const below = path.join(folder, "files", `folder-${each}`);
    mkdirSync(below, { recursive: true });
    for (let file = 0; file < FILES_EACH; file++)
      writeFileSync(path.join(below, `file-${file}.txt`), "x".repeat(SIZE));
  }
}

/**
 * Times 20,000 files on their way into a container that has not started: by how much later a job with them
 * starts than one without, and `tar c` piped into the `cp` of the engine's own command.
 * @param program `docker` or `podman`
 */
export function copiedFiles(
  { machine, variables }: StartedEngine,
  { folder, nestbox }: PublishedProject,
  program: string,
  rounds: number,
): Promise<readonly Pair[]> {
  const startOf = async (job: string) => {
    const run = [NODE, ...nestbox("run", "copying", job, "--fresh")].join(" ");
    const [start = Number.NaN] = await marksOf(machine, `${MARK}; ${run}`, variables);
    return start;
  };
  const copy = `container=$(${program} create redis:7-alpine)
trap "${program} rm --volumes $container" EXIT; ${MARK}
tar c -C ${folder}/files . | ${program} cp - $container:/tmp; ${MARK}`;
  return inRounds(rounds, async (): Promise<Pair> => {
    const [copied = Number.NaN] = await marksOf(machine, copy);
    const without = await startOf("none");
    return [(await startOf("all")) - without, copied];
  });
}
