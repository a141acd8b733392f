import { spawn } from "node:child_process";
import { engineHost } from "../../docker/client.ts";
import type { DockerHost } from "../../docker/host.ts";
import type { Progress, Step } from "../../terminal/progress.ts";
import { drainSeconds, watchDrain } from "./drain.ts";
import { type FailedStep, type PlainError, plainErrors, type ReportedError } from "./errors.ts";
import { type EngineEvent, eventReader, resourceName, type StepMetadata } from "./events.ts";
import { type Note, noteIn } from "./notes.ts";
import { tellsOfLostCreations } from "./pending-operations.ts";
import type { PulumiRun } from "./pulumi-run.ts";
import { complaintOf } from "./question.ts";

/** How an operation ended. */
export interface PulumiEnd {
  /** 0, 1 for a failure, 2 for what the user has to change, or a shell's 130 for an interruption. */
  readonly exitCode: number;
  /** How many resources were created, updated, replaced, deleted or left as they are. */
  readonly changes: Readonly<Record<string, number>>;
  /** What went wrong. */
  readonly errors: readonly PlainError[];
  /** What else a person should read, each once. */
  readonly notes: readonly Note[];
  /** Whether the state still holds creations of Docker resources that an operation before was killed in. */
  readonly holdsLostCreations: boolean;
}

/** What is done to a resource, as a person says it. Operations that are not here change nothing. */
const OPERATIONS: Readonly<Record<string, string>> = {
  create: "create",
  update: "update",
  delete: "remove",
  replace: "replace",
  "create-replacement": "create",
  "delete-replaced": "remove",
};

/** The exit code of what went wrong, but for an interruption. */
export const EXIT_FAILED = 1;
/** The exit code of shells for what Ctrl-C has ended. */
const EXIT_INTERRUPTED = 130;

/** The type of the resource that is the stack itself. */
const STACK = "pulumi:pulumi:Stack";

/** The kinds of resources that a person cares to see. */
const KINDS: Readonly<Record<string, string>> = {
  "docker:index/network:Network": "network",
  "docker:index/volume:Volume": "volume",
  "docker:index/remoteImage:RemoteImage": "image",
  "docker:index/container:Container": "container",
};

/**
 * Runs `pulumi up` or `pulumi destroy`, shows each resource as a step, and collects what it says. Ctrl-C is
 * passed on once, so that Pulumi ends in order.
 */
export async function runPulumi(run: PulumiRun): Promise<PulumiEnd> {
  const changes: Record<string, number> = {};
  const errors: ReportedError[] = [];
  const failed = new Map<string, FailedStep>();
  const notes = new Map<string, Note>();
  let holdsLostCreations = false;
  let program: string | undefined;
  const steps = resourceSteps(run.progress, () => engineHost({ ...process.env, ...run.environment }));
  const onEvent = (event: EngineEvent) => {
    if (event.resourcePreEvent) {
      const { metadata } = event.resourcePreEvent;
      steps.begin(metadata);
      // The program begins with its stack. What is wrong from then on and with no resource, it says itself.
      if (run.operation === "up" && metadata.type === STACK) program = metadata.urn;
    }
    if (event.resOutputsEvent) steps.end(event.resOutputsEvent.metadata);
    if (event.resOpFailedEvent) {
      const { metadata } = event.resOpFailedEvent;
      steps.fail(metadata);
      failed.set(metadata.urn, {
        resource: titleOf(metadata),
        what: pastTense(OPERATIONS[metadata.op] ?? "change"),
      });
    }
    if (event.summaryEvent) Object.assign(changes, event.summaryEvent.resourceChanges);
    if (tellsOfLostCreations(event)) holdsLostCreations = true;
    const { severity, message = "", urn = program, ephemeral } = event.diagnosticEvent ?? {};
    if (ephemeral) return;
    if (severity === "error") errors.push({ message, ...(urn && { urn }) });
    const note = noteIn(event);
    if (note) notes.set(note.message, note);
  };
  const exitCode = await spawnPulumi(run, onEvent, errors);
  steps.failAll();
  return {
    exitCode,
    changes,
    errors: plainErrors(errors, failed),
    notes: [...notes.values()],
    holdsLostCreations,
  };
}

function spawnPulumi(
  { command, operation, refresh = false, remove = false, folder, stack, environment }: PulumiRun,
  onEvent: (event: EngineEvent) => void,
  errors: ReportedError[],
): Promise<number> {
  const words = [operation, "--yes", "--skip-preview", "--non-interactive", "--json", "--stack", stack];
  if (refresh) words.push("--refresh");
  if (remove) words.push("--remove");
  return new Promise((resolve, reject) => {
    const child = spawn(command, words, {
      cwd: folder,
      env: { ...process.env, ...environment },
      stdio: ["ignore", "pipe", "pipe"],
      // A group of its own: a terminal's Ctrl-C reaches it through us, once. A second one ends Pulumi at
      // once.
      detached: true,
    });
    let interrupted = false;
    const pass = (signal: NodeJS.Signals) => {
      interrupted = true;
      child.kill(signal);
    };
    process.on("SIGINT", pass).on("SIGTERM", pass);
    child.stdout.setEncoding("utf8").on(
      "data",
      eventReader(onEvent, () => {}),
    );
    let complaint = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      complaint += text;
    });
    child.on("error", reject);
    child.on("close", (code) => {
      process.off("SIGINT", pass).off("SIGTERM", pass);
      const exitCode = code === 0 ? 0 : interrupted ? EXIT_INTERRUPTED : EXIT_FAILED;
      if (exitCode !== 0 && errors.length === 0) errors.push({ message: complaintOf(complaint) });
      resolve(exitCode);
    });
  });
}

interface ResourceSteps {
  begin(metadata: StepMetadata): void;
  end(metadata: StepMetadata): void;
  fail(metadata: StepMetadata): void;
  failAll(): void;
}

/** One progress step for each resource on which Pulumi works. */
function resourceSteps(progress: Progress, findEngine: () => DockerHost): ResourceSteps {
  const open = new Map<string, { readonly finish: () => void; readonly fail: () => void }>();
  const keyOf = ({ urn, op }: StepMetadata) => `${op} ${urn}`;
  return {
    begin(metadata) {
      const operation = OPERATIONS[metadata.op];
      const kind = KINDS[metadata.type];
      // A replacement is told by its two halves, and an image stays on the engine when a stack lets go of it.
      const isTold = metadata.op !== "replace" && !(kind === "image" && operation === "remove");
      if (!operation || !kind || !isTold) return;
      const work = (step: Step) =>
        new Promise<void>((resolve, reject) => {
          const seconds = drainSeconds(metadata);
          const stop = seconds === undefined ? () => {} : watchDrain(findEngine(), seconds, step.waiting);
          const finish = () => {
            stop();
            step.result(pastTense(operation));
            resolve();
          };
          const fail = () => {
            stop();
            reject(new Error("failed"));
          };
          open.set(keyOf(metadata), { finish, fail });
        });
      // The operation's errors are told by the engine's own diagnostics.
      progress.step(titleOf(metadata), work).catch(() => {});
    },
    end(metadata) {
      open.get(keyOf(metadata))?.finish();
      open.delete(keyOf(metadata));
    },
    fail(metadata) {
      open.get(keyOf(metadata))?.fail();
      open.delete(keyOf(metadata));
    },
    failAll() {
      for (const { fail } of open.values()) fail();
      open.clear();
    },
  };
}

/** A resource as a person names it: "container snake cache". */
function titleOf({ type, urn }: StepMetadata): string {
  const kind = KINDS[type] ?? type.split(":").at(-1);
  return `${kind} ${withoutStack(resourceName(urn))}`;
}

/** What is told is about one stack: `dev_snake_cache` is "snake cache". */
function withoutStack(name: string): string {
  return name.replace(/^[^_]+_([^_]+)_/, "$1 ");
}

function pastTense(operation: string): string {
  return operation.endsWith("e") ? `${operation}d` : `${operation}ed`;
}
