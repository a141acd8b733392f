import { fullDiskRemedy } from "../../docker/full-disk.ts";
import { withoutCredentials } from "../../stacks/state-backend.ts";
import type { Environment } from "../workspace/stack-plan.ts";

/** What the engine says in the end of every operation that failed. */
const SUMMARY = /^(update|destroy) failed$/;

/** What Pulumi puts before the message of an error of the program. */
const UNHANDLED = /^Running program '[^']*' failed with an unhandled exception:\n/;

/** What a provider's libraries put before its message: hashicorp/go-multierror, and Pulumi's bridge. */
const WRAPPINGS = [/^\d+ errors? occurred:\s+\* /, /^(?:creating|updating|deleting) urn:\S+: /];

/** A line of a provider's own log: its file, the logger, and what the error says once more. */
const LOG_LINE = /^\s*\S+\.go:\d+: (?:\S+: )?(.*?)(?:: provider=\S+)?\s*$/s;

/** Docker's own words, after whatever the provider says of them. */
const DAEMON = /^.*?Error response from daemon: /s;

/** An error as Pulumi's engine reports it. */
export interface ReportedError {
  readonly message: string;
  /** The resource that it is about: of an error of the program, the stack. */
  readonly urn?: string;
}

/** An error without what surrounds it, and whose words these are. */
export interface PlainError {
  readonly message: string;
  readonly source: "resource" | "program" | "pulumi";
}

/**
 * The errors of an operation, each once: what failed and why, for a resource; the program's own words;
 * Pulumi's.
 * @param failed what was done to each resource that failed, by URN
 */
export function plainErrors(
  reported: readonly ReportedError[],
  failed: ReadonlyMap<string, FailedStep>,
): readonly PlainError[] {
  const plain = reported.map((error) => plainError(error, reported, failed));
  const once = [...new Map(plain.flatMap((error) => (error ? [[error.message, error]] : []))).values()];
  const reasons = once.filter(({ message }) => !SUMMARY.test(message));
  return reasons.length > 0 ? reasons : once;
}

/** A step on a resource that failed. */
export interface FailedStep {
  /** As a person names the resource: "container shop database". */
  readonly resource: string;
  /** What could not be done: "created". */
  readonly what: string;
}

function plainError(
  { message, urn }: ReportedError,
  all: readonly ReportedError[],
  failed: ReadonlyMap<string, FailedStep>,
): PlainError | undefined {
  if (urn === undefined) return { source: "pulumi", message: message.trim() };
  const step = failed.get(urn);
  // A provider's log says what its answer says.
  const isAnswered =
    step === undefined || all.some((other) => other.urn === urn && !LOG_LINE.test(other.message));
  if (isAnswered && LOG_LINE.test(message)) return undefined;
  if (step === undefined) return { source: "program", message: message.trim().replace(UNHANDLED, "").trim() };
  const reason = unwrapped(message).replace(DAEMON, "");
  return { source: "resource", message: `${step.resource} could not be ${step.what}: ${reason}` };
}

function unwrapped(message: string): string {
  const text = message.replace(LOG_LINE, "$1").trim();
  const inner = WRAPPINGS.reduce((rest, wrapping) => rest.replace(wrapping, ""), text);
  return inner === text ? text : unwrapped(inner);
}

/** An error as a person is told it. */
export interface ExplainedError {
  readonly message: string;
  /** Whether it is the user who has to change something. */
  readonly isConfiguration: boolean;
}

/**
 * An error of an operation as a person is told it: what nobody here understands stands under what failed.
 * @param failed the sentence about that
 */
export function explainPlainError(
  { message, source }: PlainError,
  failed: string,
  environment: Environment,
): ExplainedError {
  const explained = explainError(message, environment);
  if (source !== "pulumi" || explained.isConfiguration) return explained;
  const lines = explained.message.split("\n").map((line) => `  ${line}`);
  return { ...explained, message: `${failed}; Pulumi says:\n${lines.join("\n")}` };
}

/**
 * Says what to do about an error: a passphrase that does not fit, a state that cannot be reached, an engine
 * that has no room. An error that says it by itself stays as it is.
 */
export function explainError(error: string, environment: Environment): ExplainedError {
  const message = withoutCredentials(error);
  if (/incorrect passphrase|passphrase must be set/.test(message))
    return { message: wrongPassphrase(environment), isConfiguration: true };
  const unreachable = unreachableState(message);
  if (unreachable !== undefined) {
    const place = environment.PULUMI_BACKEND_URL ?? "";
    return {
      message:
        `PULUMI_BACKEND_URL: the state at ${withoutCredentials(place)} cannot be used: ${unreachable}; ` +
        "see that it can be reached and written, and run the command again",
      isConfiguration: true,
    };
  }
  const unusable = unusableState(message);
  if (unusable !== undefined) return { message: unusable, isConfiguration: true };
  const remedy = remedyFor(message);
  if (remedy !== undefined) return { message: `${message}\n  ${remedy}`, isConfiguration: true };
  return { message, isConfiguration: false };
}

/** What to do about what an engine says in its own words, where they leave one alone. */
function remedyFor(message: string): string | undefined {
  if (/has active endpoints|timeout while waiting for state to become 'removed'/.test(message)) {
    return "containers that are not this stack's are still on it: docker network inspect tells which; docker network disconnect them, then the same command again";
  }
  if (/pool overlaps with other one/i.test(message)) {
    return "something else has taken this subnet meanwhile; the same command again takes another";
  }
  return fullDiskRemedy(message);
}

/**
 * Why the state of a stack cannot be read, when that is what an error says: what is there is not even JSON,
 * or cannot be unpacked. One that can be is somebody's work, if only a newer Pulumi's:
 * pkg/resource/stack/checkpoint.go.
 */
export function unreadableState(errors: readonly string[]): string | undefined {
  for (const error of errors) {
    // JSON of another shape, or unpacked more than Pulumi takes at once, is whole.
    const [, reason] = /failed to load checkpoint: place \d+: (?!json: |.*exceed)(.+)/.exec(error) ?? [];
    if (reason !== undefined) return reason;
  }
  return undefined;
}

/** What to do about a state that is whole, and that Pulumi does not take. */
function unusableState(message: string): string | undefined {
  if (/Legacy DIY state is deprecated/.test(message))
    return "the state is in Pulumi's former layout, in which stacks have no projects; change it once, with everybody who uses it: PULUMI_DIY_BACKEND_IGNORE_DEPRECATION_ERROR=1 nestbox pulumi state upgrade";
  const [, newer] =
    /failed to load checkpoint: (unsupported checkpoint version \d+|.*needs support for the following features: .+)/.exec(
      message,
    ) ??
    /(the stack '.*' (?:uses features that are not supported|is newer than).+)/.exec(message) ??
    [];
  if (newer !== undefined) {
    return (
      `the stack's state was written by a newer Pulumi (${newer}). Nothing has been changed. ` +
      "Update the Pulumi CLI: the one on the PATH, of which nestbox doctor tells the version, or the one in the project's image"
    );
  }
  const [, contradiction] = /snapshot integrity (?:failure|error)(?:; [^:]+)?: (.+)/.exec(message) ?? [];
  if (contradiction === undefined) return undefined;
  return (
    `the stack's state contradicts itself, so Pulumi does not use it: ${contradiction}\n` +
    "  nestbox pulumi state repair mends it, with the same --stack; then the same command again"
  );
}

/** Whether an error says that the state does not know the stack. */
export function isUnknownStack(errors: readonly PlainError[]): boolean {
  return errors.some(({ message }) => /^no stack named '.*' found/.test(message));
}

/** pkg/backend/diy/backend.go, and what gocloud.dev's storages answer to the first file that Pulumi reads. */
function unreachableState(message: string): string | undefined {
  const patterns = [
    /unable to open (?:bucket|state database|state directory) (?:"[^"]*"|\S+): (.+)/,
    /blob \(key "[^"]*"\) \(code=\w+\): (.+)/,
    /(missing google credentials: .+)/,
  ];
  for (const pattern of patterns) {
    const [, reason] = pattern.exec(message) ?? [];
    if (reason !== undefined) return reason;
  }
  return undefined;
}

function wrongPassphrase({ PULUMI_CONFIG_PASSPHRASE, PULUMI_CONFIG_PASSPHRASE_FILE }: Environment): string {
  const [place, what] =
    PULUMI_CONFIG_PASSPHRASE === "" || PULUMI_CONFIG_PASSPHRASE_FILE === undefined
      ? ["PULUMI_CONFIG_PASSPHRASE", PULUMI_CONFIG_PASSPHRASE === "" ? "the empty one" : "this one"]
      : ["PULUMI_CONFIG_PASSPHRASE_FILE", `the one in ${PULUMI_CONFIG_PASSPHRASE_FILE}`];
  return (
    `${place}: the stack was made with another passphrase than ${what}; set that one. Nothing has been changed. ` +
    "If it is lost, so are the stack's secrets: nestbox pulumi stack rm --force, then nestbox down, with the same --stack"
  );
}
