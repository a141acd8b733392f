import { fullDiskRemedy } from "../../docker/full-disk.ts";
import type { Environment } from "../../machine/environment.ts";
import { withoutCredentials } from "../../stacks/state-backend.ts";

/** How the program says it. The message has its remedy. */
const UNREACHABLE_CLUSTER = /Kubernetes context "[^"]*": \S+ does not answer \(/;

/** The last error of every operation that failed. */
const SUMMARY = /^(update|destroy) failed$/;

/** Pulumi's prefix of an error that the program threw. */
const UNHANDLED = /^Running program '[^']*' failed with an unhandled exception:\n/;

/** The prefixes that hashicorp/go-multierror and Pulumi's bridge add to a provider's message. */
const WRAPPINGS = [/^\d+ errors? occurred:\s+\* /, /^(?:creating|updating|deleting) urn:\S+: /];

/** A line of a provider's log: source file, logger, and the text of the error again. */
const LOG_LINE = /^\s*\S+\.go:\d+: (?:\S+: )?(.*?)(?:: provider=\S+)?\s*$/s;

/** The prefix of the provider before Docker's own message. */
const DAEMON = /^.*?Error response from daemon: /s;

/** An error as Pulumi's engine reports it. */
export interface ReportedError {
  readonly message: string;
  /** The resource concerned; the stack for an error that the program threw. */
  readonly urn?: string;
}

/** An error without prefixes and repetitions, and its source. */
export interface PlainError {
  readonly message: string;
  readonly source: "resource" | "program" | "pulumi";
}

/**
 * The errors of an operation, each once.
 * @param failed the failed steps, by URN of the resource
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

export interface FailedStep {
  /** The display name of the resource: "container shop database". */
  readonly resource: string;
  /** The operation as a participle: "created". */
  readonly operation: string;
}

function plainError(
  { message, urn }: ReportedError,
  all: readonly ReportedError[],
  failed: ReadonlyMap<string, FailedStep>,
): PlainError | undefined {
  if (urn === undefined) return { source: "pulumi", message: message.trim() };
  const step = failed.get(urn);
  // A provider logs an error and returns it, too.
  const isReturned =
    step === undefined || all.some((other) => other.urn === urn && !LOG_LINE.test(other.message));
  if (isReturned && LOG_LINE.test(message)) return undefined;
  if (step === undefined) return { source: "program", message: message.trim().replace(UNHANDLED, "").trim() };
  const reason = unwrapped(message).replace(DAEMON, "");
  return { source: "resource", message: `${step.resource} could not be ${step.operation}: ${reason}` };
}

function unwrapped(message: string): string {
  const text = message.replace(LOG_LINE, "$1").trim();
  const inner = WRAPPINGS.reduce((rest, wrapping) => rest.replace(wrapping, ""), text);
  return inner === text ? text : unwrapped(inner);
}

export interface ExplainedError {
  readonly message: string;
  /** Whether the user has to change something. */
  readonly isConfiguration: boolean;
}

/**
 * Adds the remedy to an error of an operation. An unknown error of Pulumi appears below the failed operation.
 * @param failed the failed operation, as a sentence
 */
export function explainPlainError(
  { message, source }: PlainError,
  failed: string,
  environment: Environment,
): ExplainedError {
  const explained = explainError(message, environment);
  if (source !== "pulumi" || explained.isConfiguration) return explained;
  const lines = explained.message.split("\n").map((line) => `  ${line}`);
  return { ...explained, message: `${failed}; Pulumi reports:\n${lines.join("\n")}` };
}

/**
 * Adds the remedy to a known error: a wrong passphrase, an unreachable state, a full disk. Any other error
 * stays as it is, without credentials.
 */
export function explainError(error: string, environment: Environment): ExplainedError {
  const message = withoutCredentials(error);
  const remedy = remedyFor(message);
  const explained =
    wrongPassphrase(message, environment) ??
    unreachableState(message, environment) ??
    unusableState(message) ??
    (remedy && `${message}\n  ${remedy}`);
  const isConfiguration = explained !== undefined || UNREACHABLE_CLUSTER.test(message);
  return { message: explained ?? message, isConfiguration };
}

/** The remedy for an error of a Docker engine or a cluster that names none. */
function remedyFor(message: string): string | undefined {
  if (/has active endpoints|timeout while waiting for state to become 'removed'/.test(message))
    return (
      "other containers are connected to this network; find them with docker network inspect, " +
      "disconnect them with docker network disconnect, then run the command again"
    );
  if (/pool overlaps with other one/i.test(message))
    return "another network took this subnet meanwhile; run the command again to get a free one";
  if (/ is forbidden: User "[^"]*" cannot /.test(message))
    return 'have an administrator apply what "nestbox cluster rights pulumi" prints, or use another context';
  return fullDiskRemedy(message);
}

/**
 * Why a stack's state is corrupt: it is not JSON, or cannot be decompressed. Undefined for every other error,
 * for example of a state that a newer Pulumi wrote: pkg/resource/stack/checkpoint.go.
 */
export function unreadableState(errors: readonly string[]): string | undefined {
  // JSON of another shape, or larger than the limit of Pulumi, is not corrupt.
  const pattern = /failed to load checkpoint: place \d+: (?!json: |.*exceed)(.+)/;
  return errors.map((error) => firstGroup(error, pattern)).find((reason) => reason !== undefined);
}

function firstGroup(message: string, ...patterns: readonly RegExp[]): string | undefined {
  return patterns.map((pattern) => pattern.exec(message)?.[1]).find((group) => group !== undefined);
}

/** The error message for an intact state that Pulumi refuses. */
function unusableState(message: string): string | undefined {
  if (/Legacy DIY state is deprecated/.test(message))
    return (
      "PULUMI_BACKEND_URL: the state has Pulumi's legacy layout, without projects; upgrade it once for all " +
      "its users: PULUMI_DIY_BACKEND_IGNORE_DEPRECATION_ERROR=1 nestbox pulumi state upgrade"
    );
  const newer = firstGroup(
    message,
    /failed to load checkpoint: (unsupported checkpoint version \d+)/,
    /failed to load checkpoint: (.*needs support for the following features: .+)/,
    /(the stack '.*' (?:uses features that are not supported|is newer than).+)/,
  );
  if (newer !== undefined)
    return (
      `the stack's state was written by a newer Pulumi (${newer}); nothing was changed. ` +
      "Update the Pulumi CLI, on the PATH or in the project's image; nestbox doctor reports its version"
    );
  const violation = firstGroup(message, /snapshot integrity (?:failure|error)(?:; [^:]+)?: (.+)/);
  if (violation === undefined) return undefined;
  return (
    `the stack's state is inconsistent, so Pulumi refuses it: ${violation}\n` +
    "  repair it with nestbox pulumi state repair and the same --stack, then run the command again"
  );
}

export function isUnreachableCluster(errors: readonly PlainError[]): boolean {
  return errors.some(({ message }) => UNREACHABLE_CLUSTER.test(message));
}

export function isUnknownStack(errors: readonly PlainError[]): boolean {
  return errors.some(({ message }) => /^no stack named '.*' found/.test(message));
}

/** See pkg/backend/diy/backend.go, and the errors of gocloud.dev's storages. */
function unreachableState(message: string, environment: Environment): string | undefined {
  const reason = firstGroup(
    message,
    /unable to open (?:bucket|state database|state directory) (?:"[^"]*"|\S+): (.+)/,
    /blob \(key "[^"]*"\) \(code=\w+\): (.+)/,
    /(missing google credentials: .+)/,
  );
  const backend = withoutCredentials(environment.PULUMI_BACKEND_URL ?? "");
  return (
    reason &&
    `PULUMI_BACKEND_URL: the state at ${backend} cannot be used: ${reason}; ` +
      "make it reachable and writable, then run the command again"
  );
}

function wrongPassphrase(message: string, environment: Environment): string | undefined {
  if (!/incorrect passphrase|passphrase must be set/.test(message)) return undefined;
  const { PULUMI_CONFIG_PASSPHRASE: passphrase, PULUMI_CONFIG_PASSPHRASE_FILE: file } = environment;
  const [place, what] =
    passphrase === "" || file === undefined
      ? ["PULUMI_CONFIG_PASSPHRASE", passphrase === "" ? "the empty one" : "this one"]
      : ["PULUMI_CONFIG_PASSPHRASE_FILE", `the one in ${file}`];
  return (
    `${place}: the stack has another passphrase than ${what}; set that passphrase. Nothing was changed. ` +
    "Without it the stack's secrets are unreadable: run nestbox pulumi stack rm --force, " +
    "then nestbox down, with the same --stack"
  );
}
