import { type ChildProcess, spawn } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { isDeepStrictEqual } from "node:util";
import { parse, stringify } from "yaml";
import { removeOwned } from "../../bench/remove-owned.ts";
import { uniqueName } from "../../src/model/names.ts";
import { ownerOf } from "../../src/stacks/stack-identity.ts";
import { stateAddress } from "../../src/stacks/state-backend.ts";
import { PUBLISHED_COMMAND, PUBLISHED_MODULES } from "../published.ts";
import { type StoredState, stackFingerprint } from "./stack-fingerprint.ts";

const REPOSITORY = path.resolve(__dirname, "../..");

/** The result of a command. */
export interface CommandEnd {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command that may still run. */
export interface RunningCommand {
  readonly process: ChildProcess;
  readonly ended: Promise<CommandEnd>;
  /** Waits for a match in the output. */
  printed(pattern: RegExp): Promise<void>;
}

/** Variables of a command beside this process's own; undefined removes one. */
type Environment = Readonly<Record<string, string | undefined>>;

/** What to bring up, and how. */
interface BringUp {
  /** A branch with a stack of its own. @default the project's stack */
  readonly branch?: string;
  readonly environment?: Environment;
  /** Reads the state. @default reads the project's folder */
  readonly readState?: () => Promise<StoredState>;
}

/**
 * A user's project: a folder with its own declarations, stack and state, and the published package. Commands
 * run as a user runs them.
 */
export interface UserProject {
  readonly folder: string;
  readonly stack: string;
  /** The owner label of the stack's resources. */
  readonly owner: string;
  /**
   * Writes sandboxes/index.ts, which imports `sandbox`, `dind`, `postgres`, `redis`, `exec`, `tcp`, `log`,
   * `secret` and `text`.
   */
  declare(...sandboxes: readonly string[]): void;
  /** Writes all settings of the stack. The other contents of its file stay. */
  configure(settings: Readonly<Record<string, unknown>>): void;
  write(file: string, content: string): void;
  nestbox(words: readonly string[], environment?: Environment): Promise<CommandEnd>;
  /** Runs a command that names no stack. Those with a default use the project's. */
  nestboxEverywhere(words: readonly string[], environment?: Environment): Promise<CommandEnd>;
  start(words: readonly string[], environment?: Environment): RunningCommand;
  /** Runs a command that must succeed. */
  succeed(...words: readonly string[]): Promise<CommandEnd>;
  /**
   * Brings the stack up, or that of a branch. Runs no command if files, state and resources are as the last
   * successful `up` with the same environment left them, whoever ran it.
   */
  bringUp(how?: BringUp): Promise<void>;
  /** The owner label of the resources of a branch's stack. */
  ownerOfBranch(branch: string): string;
  /** The text of the stack's state file. */
  stateText(): string;
  /** Removes the stack's resources from the engine, and the folder. */
  remove(): Promise<void>;
}

/**
 * Creates a project with a stack of this name, which no other test may use.
 * @param server the URL of its backend. Default: a folder in the project
 */
export function userProject(stack: string, server?: string): UserProject {
  const folder = mkdtempSync(path.join(tmpdir(), "nestbox-e2e-"));
  const state = path.join(folder, "state");
  mkdirSync(state);
  layOut(folder);
  const backend = server ?? `file://${state}`;
  const owner = ownerOf({ project: "nestbox", stack, backend: stateAddress(backend) });
  const write = (file: string, content: string) => {
    mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    writeFileSync(path.join(folder, file), content);
  };
  const startAsIs = (words: readonly string[], environment?: Environment) =>
    startCommand(["--project", folder, ...words], {
      PULUMI_BACKEND_URL: backend,
      PULUMI_CONFIG_PASSPHRASE: "correct horse",
      PULUMI_STACK: stack,
      ...environment,
    });
  const start = (words: readonly string[], environment?: Environment) => {
    const command = startAsIs([...(namesBranch(words) ? [] : ["--stack", stack]), ...words], environment);
    const up = /^up(?: --json)?(?: --branch=(\S+))?$/.exec(words.join(" "));
    if (!up) return command;
    const ended = command.ended.then(async (end) => {
      if (end.exitCode === 0) fingerprints.set(...(await fingerprint(up[1], environment)));
      return end;
    });
    return { ...command, ended };
  };
  const ownerOfBranch = (branch: string) =>
    ownerOf({ project: "nestbox", stack: uniqueName(branch), backend: stateAddress(backend) });
  /** What each stack was when it was last brought up, by owner. */
  const fingerprints = new Map<string, string>();
  let readState: BringUp["readState"];
  const fingerprint = async (branch: string | undefined, environment: Environment = {}) => {
    const target =
      branch === undefined
        ? { folder, stack, owner, readState }
        : { folder, stack: uniqueName(branch), owner: ownerOfBranch(branch) };
    return [target.owner, JSON.stringify([environment, await stackFingerprint(target)])] as const;
  };
  const nestbox = (words: readonly string[], environment?: Environment) => start(words, environment).ended;
  const succeed = async (words: readonly string[], environment?: Environment) => {
    const end = await nestbox(words, environment);
    if (end.exitCode !== 0) throw new Error(`${words.join(" ")} failed:\n${end.stdout}${end.stderr}`);
    return end;
  };
  return {
    folder,
    stack,
    owner,
    write,
    start,
    nestbox,
    nestboxEverywhere: (words, environment) => startAsIs(words, environment).ended,
    succeed: (...words) => succeed(words),
    ownerOfBranch,
    async bringUp({ branch, environment, readState: reader } = {}) {
      readState = reader;
      const [of, found] = await fingerprint(branch, environment);
      if (fingerprints.get(of) === found) return;
      await succeed(["up", ...(branch === undefined ? [] : [`--branch=${branch}`])], environment);
    },
    declare: (...sandboxes) =>
      write("sandboxes/index.ts", `${IMPORTS}\nexport default [${sandboxes.join(",\n")}];\n`),
    configure(settings) {
      const prefixed = Object.entries(settings).map(([name, value]) => [`nestbox:${name}`, value] as const);
      const config = Object.fromEntries(prefixed);
      const file = `Pulumi.${stack}.yaml`;
      const present = existsSync(path.join(folder, file))
        ? parse(readFileSync(path.join(folder, file), "utf8"))
        : {};
      // As Pulumi wrote it, so that it counts as unchanged.
      if (!isDeepStrictEqual(present.config, config)) write(file, stringify({ ...present, config }));
    },
    stateText: () => readFileSync(path.join(state, ".pulumi/stacks/nestbox", `${stack}.json`), "utf8"),
    async remove() {
      await removeOwned(owner);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const IMPORTS = [
  'import { dind, postgres, redis } from "nestbox/catalog";',
  'import { exec, log, sandbox, secret, tcp, text } from "nestbox";',
].join("\n");

function layOut(folder: string): void {
  symlinkSync(PUBLISHED_MODULES, path.join(folder, "node_modules"));
  writeFileSync(path.join(folder, "package.json"), '{ "type": "module" }');
  for (const file of ["Pulumi.yaml", "infra/index.ts"]) {
    cpSync(path.join(REPOSITORY, file), path.join(folder, file));
  }
  mkdirSync(path.join(folder, "sandboxes"));
}

function namesBranch(words: readonly string[]): boolean {
  return words.some((word) => word.startsWith("--branch"));
}

function startCommand(words: readonly string[], environment: Environment): RunningCommand {
  const child = spawn(process.execPath, [PUBLISHED_COMMAND, ...words], {
    env: { ...process.env, ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  const listeners = new Set<() => void>();
  const tell = () => {
    for (const listener of listeners) listener();
  };
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    stdout += chunk;
    tell();
  });
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
    stderr += chunk;
    tell();
  });
  const ended = new Promise<CommandEnd>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => {
      resolve({ exitCode: code ?? -1, stdout, stderr: signal ? `${stderr}\nkilled by ${signal}` : stderr });
      tell();
    });
  });
  const printed = (pattern: RegExp) =>
    new Promise<void>((resolve, reject) => {
      const look = () => {
        const hasEnded = child.exitCode !== null || child.signalCode !== null;
        if (pattern.test(stdout + stderr)) resolve();
        else if (hasEnded) reject(new Error(`it ended without saying ${pattern}:\n${stdout}${stderr}`));
        else return;
        listeners.delete(look);
      };
      listeners.add(look);
      look();
    });
  return { process: child, ended, printed };
}
