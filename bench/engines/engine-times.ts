import { withPublishedProject } from "../published-project.ts";
import type { Pair, Round } from "../rounds.ts";
import { COPYING, copiedFiles, writeFiles } from "./copied-files.ts";
import { startDocker20 } from "./docker-20.ts";
import { startDockerBySsh } from "./docker-by-ssh.ts";
import { type FreshStep, freshBySsh, freshOnEngine } from "./fresh-on-engine.ts";
import { buildMachineImage, THIS_MACHINE } from "./machine.ts";
import { startPodman } from "./podman.ts";
import type { StartedEngine } from "./started-engine.ts";

const DECLARATION = `import { sandbox } from "nestbox";
import { redis } from "nestbox/catalog";

export default [sandbox("one", { services: { cache: redis({ publish: true }) } }), ${COPYING}];
`;

/** The times of engines other than that of this machine, and of copying on each, in milliseconds. */
export interface EngineTimes {
  readonly bySsh: readonly Round<"nestbox" | "local", FreshStep>[];
  readonly fresh: ReadonlyMap<string, readonly Round<"nestbox" | "byHand" | "byHandOnNetwork", FreshStep>[]>;
  readonly copied: ReadonlyMap<string, readonly Pair[]>;
}

/** Measures the engines one after the other, with the published package. */
export function engineTimes(rounds: number, announce: (what: string) => void): Promise<EngineTimes> {
  return withPublishedProject(DECLARATION, [], async (project) => {
    writeFiles(project);
    await buildMachineImage();
    announce("Docker 20.10 over ssh");
    const bySsh = await onEngine(startDockerBySsh(project.folder), (engine) =>
      freshBySsh(engine, project, rounds),
    );
    const fresh = new Map<string, Awaited<ReturnType<typeof freshOnEngine>>>();
    const copied = new Map<string, readonly Pair[]>();
    announce("files into a job");
    copied.set("this machine's Docker", await copiedFiles(THIS_ENGINE, project, "docker", rounds));
    for (const [name, start, program] of [
      ["Docker 20.10", startDocker20, "docker"],
      ["Podman 4.3", startPodman, "podman"],
    ] as const) {
      announce(name);
      await onEngine(start(project.folder), async (engine) => {
        fresh.set(name, await freshOnEngine(engine, project, program, rounds));
        copied.set(name, await copiedFiles(engine, project, program, rounds));
      });
    }
    return { bySsh, fresh, copied };
  });
}

const THIS_ENGINE: StartedEngine = { machine: THIS_MACHINE, variables: {}, remove: THIS_MACHINE.remove };

async function onEngine<Engine extends StartedEngine, Result>(
  starting: Promise<Engine>,
  work: (engine: Engine) => Promise<Result>,
): Promise<Result> {
  const engine = await starting;
  try {
    return await work(engine);
  } finally {
    await engine.remove();
  }
}
