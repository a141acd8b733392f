import { spawn } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { text } from "node:stream/consumers";
import type { Environment } from "../../machine/environment.ts";
import { EXIT_FAILED, EXIT_INTERRUPTED } from "../../machine/exit-codes.ts";
import { startedByThisProcess } from "../../machine/orphaned-processes.ts";
import type { Step } from "../../terminal/progress.ts";
import { drainSeconds, watchDrain } from "./drain.ts";
import {
  type EngineEvent,
  eventReader,
  type Note,
  noteIn,
  resourceName,
  type StepMetadata,
} from "./events.ts";
import { type FailedStep, type PlainError, plainErrors, type ReportedError } from "./explain-errors.ts";
import { reportsPendingCreates } from "./pending-creates.ts";
import { type CommandContext, errorOutput } from "./pulumi-command.ts";

export interface PulumiRun {
  readonly operation: "up" | "destroy";
  /** Compares the state with the engine first. @default false */
  readonly refresh?: boolean;
  /** Removes the stack and its settings after a complete destroy. @default false */
  readonly remove?: boolean;
  /** Interrupts the operation, as Ctrl-C does. */
  readonly signal?: AbortSignal | undefined;
}

export interface PulumiResult {
  /** Start of the operation, in milliseconds since 1970. */
  readonly startedAt: number;
  /** 0; 1 for a failure; 2 for an error that the user has to correct; 130, as in shells, after Ctrl-C. */
  readonly exitCode: number;
  /** The number of resources by change: `create`, `update`, `replace`, `delete`, `same`. */
  readonly changes: Readonly<Record<string, number>>;
  readonly errors: readonly PlainError[];
  /** Further messages for the user, each once. */
  readonly notes: readonly Note[];
  /** Whether the state has pending creates that can be cleared. An operation with a refresh never says so. */
  readonly hasPendingCreates: boolean;
}

/** The displayed verb of each operation. Operations that are missing here change nothing. */
const OPERATIONS: Readonly<Record<string, string>> = {
  create: "create",
  update: "update",
  delete: "remove",
  replace: "replace",
  "create-replacement": "create",
  "delete-replaced": "remove",
};

const STACK = "pulumi:pulumi:Stack";

/** Pulumi ends within seconds. With Go's default, 100, an unchanged `up` of one sandbox takes 8 % longer. */
const GOGC = "400";

/** The resource types that progress shows, with their displayed names. */
const KINDS: Readonly<Record<string, string>> = {
  "docker:index/network:Network": "network",
  "docker:index/volume:Volume": "volume",
  "docker:index/remoteImage:RemoteImage": "image",
  "docker:index/container:Container": "container",
};

/**
 * Runs `pulumi up` or `pulumi destroy`, with a progress step for each resource. Forwards Ctrl-C once, so that
 * Pulumi shuts down in order.
 */
export async function runOperation(context: CommandContext, run: PulumiRun): Promise<PulumiResult> {
  const startedAt = Date.now();
  const changes: Record<string, number> = {};
  const errors: ReportedError[] = [];
  const failed = new Map<string, FailedStep>();
  const notes = new Map<string, Note>();
  let hasPendingCreates = false;
  let program: string | undefined;
  const steps = resourceSteps(context);
  const onEvent = (event: EngineEvent) => {
    if (event.resourcePreEvent) {
      const { metadata } = event.resourcePreEvent;
      steps.begin(metadata);
      // The program registers its stack first. Later errors without a resource come from the program.
      if (run.operation === "up" && metadata.type === STACK) program = metadata.urn;
    }
    if (event.resOutputsEvent) steps.end(event.resOutputsEvent.metadata);
    if (event.resOpFailedEvent) {
      const { metadata } = event.resOpFailedEvent;
      steps.fail(metadata);
      failed.set(metadata.urn, {
        resource: titleOf(metadata),
        operation: pastTense(OPERATIONS[metadata.op] ?? "change"),
      });
    }
    if (event.summaryEvent) Object.assign(changes, event.summaryEvent.resourceChanges);
    if (reportsPendingCreates(event)) hasPendingCreates = true;
    const { severity, message = "", urn = program, ephemeral } = event.diagnosticEvent ?? {};
    if (ephemeral) return;
    if (severity === "error") errors.push({ message, ...(urn && { urn }) });
    const note = noteIn(event);
    if (note) notes.set(note.message, note);
  };
  const { exitCode, stderr } = await spawnPulumi(context, run, onEvent);
  if (exitCode !== 0 && errors.length === 0) errors.push({ message: errorOutput(stderr) });
  steps.failRest();
  return {
    ...{ startedAt, exitCode, changes, hasPendingCreates },
    errors: plainErrors(errors, failed),
    notes: [...notes.values()],
  };
}

async function spawnPulumi(
  { pulumi, project: { folder, stack }, environment, onInterruption }: CommandContext,
  { operation, refresh = false, remove = false, signal }: PulumiRun,
  onEvent: (event: EngineEvent) => void,
): Promise<{ readonly exitCode: number; readonly stderr: string }> {
  const words = [operation, "--yes", "--skip-preview", "--non-interactive", "--json", "--stack", stack];
  if (refresh) words.push("--refresh");
  if (remove) words.push("--remove");
  const child = spawn(pulumi, words, {
    cwd: folder,
    env: { GOGC, ...environment, ...quickSdkStart(environment), ...startedByThisProcess(folder) },
    stdio: ["ignore", "pipe", "pipe"],
    // A process group of its own: a second Ctrl-C from the terminal would kill Pulumi at once.
    detached: true,
  });
  let interrupted = false;
  const interrupt = () => {
    interrupted = true;
    child.kill("SIGINT");
  };
  child.stdout.setEncoding("utf8").on("data", eventReader(onEvent));
  const ignore = onInterruption((received) => {
    // A closed terminal has a signal and an error of each stream, and a second signal would kill Pulumi.
    if (received !== "SIGHUP" || !interrupted) interrupt();
  });
  signal?.addEventListener("abort", interrupt);
  try {
    const [stderr, [code]] = await Promise.all([text(child.stderr), once(child, "close")]);
    return { exitCode: code === 0 ? 0 : interrupted ? EXIT_INTERRUPTED : EXIT_FAILED, stderr };
  } finally {
    ignore();
    signal?.removeEventListener("abort", interrupt);
  }
}

/** Has Node prepare the start of the SDK before it loads it. */
function quickSdkStart({ NODE_OPTIONS: own = "" }: Environment): { readonly NODE_OPTIONS: string } {
  const file = createRequire(import.meta.url).resolve("#sdk-start-up");
  return { NODE_OPTIONS: `${own} --require=${JSON.stringify(file)}`.trim() };
}

function resourceSteps({ progress, engine }: CommandContext) {
  const steps = new Map<string, PromiseWithResolvers<void>>();
  const keyOf = ({ urn, op }: StepMetadata) => `${op} ${urn}`;
  return {
    begin(metadata: StepMetadata) {
      const operation = OPERATIONS[metadata.op];
      const kind = KINDS[metadata.type];
      // A replacement appears as its create and remove steps. Removing an image resource keeps the image.
      const isShown = metadata.op !== "replace" && !(kind === "image" && operation === "remove");
      if (!operation || !kind || !isShown) return;
      const end = Promise.withResolvers<void>();
      steps.set(keyOf(metadata), end);
      const work = async (step: Step) => {
        const seconds = drainSeconds(metadata);
        const isWatched = seconds !== undefined && engine !== undefined;
        const stop = isWatched ? watchDrain(engine, seconds, step.waiting) : () => {};
        await end.promise.finally(stop);
        step.result(pastTense(operation));
      };
      // Errors are reported by Pulumi's diagnostic events.
      progress.step(titleOf(metadata), work).catch(() => {});
    },
    end: (metadata: StepMetadata) => steps.get(keyOf(metadata))?.resolve(),
    fail: (metadata: StepMetadata) => steps.get(keyOf(metadata))?.reject(new Error("failed")),
    /** Fails the steps that have not ended. */
    failRest() {
      for (const { reject } of steps.values()) reject(new Error("failed"));
    },
  };
}

/** The display name of a resource. `dev_snake_cache` is "snake cache": all steps are of one stack. */
function titleOf({ type, urn }: StepMetadata): string {
  const kind = KINDS[type] ?? type.split(":").at(-1);
  return `${kind} ${resourceName(urn).replace(/^[^_]+_([^_]+)_/, "$1 ")}`;
}

function pastTense(operation: string): string {
  return operation.endsWith("e") ? `${operation}d` : `${operation}ed`;
}
