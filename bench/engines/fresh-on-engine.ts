import type { PublishedProject } from "../published-project.ts";
import { inRounds, type Round } from "../rounds.ts";
import { SSH_TARGET } from "./docker-by-ssh.ts";
import { type Machine, NODE, type Variables } from "./machine.ts";
import { MARK, marksOf } from "./marks.ts";
import type { StartedEngine } from "./started-engine.ts";

/** Milliseconds from the start of a command until its Redis is ready, and until everything is removed. */
export type FreshStep = "ready" | "removed";
type FreshTimes = Readonly<Record<FreshStep, number>>;

/** The published port of the Redis by hand. Nothing else listens on the engine's machine. */
const PORT = 16379;

/**
 * Times a Redis with a published port: `run --fresh`, the engine's own command with a loop that asks the
 * Redis until it answers, and the same on a network of its own, as `run --fresh` has one.
 * @param program `docker` or `podman`
 */
export function freshOnEngine(
  { machine, variables }: StartedEngine,
  project: PublishedProject,
  program: string,
  rounds: number,
): Promise<readonly Round<"nestbox" | "byHand" | "byHandOnNetwork", FreshStep>[]> {
  return inRounds(rounds, async () => ({
    nestbox: await timeFresh(machine, project, variables),
    byHand: await timeScript(machine, byHand(program)),
    byHandOnNetwork: await timeScript(machine, byHandOnNetwork(program)),
  }));
}

/** Times `run --fresh` over ssh, and the same on the engine's machine before `ssh HOST true`. */
export function freshBySsh(
  { machine, engineMachine, variables }: StartedEngine & { readonly engineMachine: Machine },
  project: PublishedProject,
  rounds: number,
): Promise<readonly Round<"nestbox" | "local", FreshStep>[]> {
  return inRounds(rounds, async () => {
    const nestbox = await timeFresh(machine, project, variables);
    const { ready, removed } = await timeFresh(engineMachine, project, {});
    const [ssh = Number.NaN] = await marksOf(machine, `${MARK}; ssh ${SSH_TARGET} true; ${MARK}`);
    return { nestbox, local: { ready: ready + ssh, removed: removed + ssh } };
  });
}

/** The sandbox is ready when the command starts that `run` runs beside it. */
function timeFresh(
  machine: Machine,
  { nestbox }: PublishedProject,
  variables: Variables,
): Promise<FreshTimes> {
  const run = [NODE, ...nestbox("run", "one", "--fresh", "--", "sh", "-c")].join(" ");
  return timeScript(machine, `${MARK}; ${run} '${MARK}'; ${MARK}`, variables);
}

async function timeScript(machine: Machine, script: string, variables: Variables = {}): Promise<FreshTimes> {
  const [ready = Number.NaN, removed = Number.NaN] = await marksOf(machine, script, variables);
  return { ready, removed };
}

function byHand(program: string): string {
  return `${ASK}${MARK}
${program} ${RUN} redis:7-alpine >/dev/null
${UNTIL_ANSWERED}; ${MARK}
${program} rm --force --volumes bench >/dev/null; ${MARK}`;
}

function byHandOnNetwork(program: string): string {
  return `${ASK}${MARK}
${program} network create bench >/dev/null
${program} ${RUN} --network bench redis:7-alpine >/dev/null
${UNTIL_ANSWERED}; ${MARK}
${program} rm --force --volumes bench >/dev/null; ${program} network rm bench >/dev/null; ${MARK}`;
}

const RUN = `run --detach --name bench --publish 127.0.0.1:${PORT}:6379`;

/** Asks without a client program, whose start would take longer. */
const ASK = `ask() {
  exec 3<>/dev/tcp/127.0.0.1/${PORT} && echo PING >&3 && read -r -t 1 answer <&3 && [[ $answer == +PONG* ]]
}
`;

const UNTIL_ANSWERED = "until (ask) 2>/dev/null; do sleep 0.02; done";
