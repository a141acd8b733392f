import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { cacheFolder } from "../../src/machine/cache-folder.ts";
import { RUN_FOLDER } from "../run-folder.ts";

const REPOSITORY = path.resolve(__dirname, "../..");

/** The result of a command. */
export interface CommandEnd {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A project outside this repository, which installs packages as a user does. */
export interface InstalledProject {
  readonly folder: string;
  write(file: string, content: string): void;
  read(file: string): string;
  /** Runs npm install with these packages. */
  install(...words: readonly string[]): Promise<void>;
  /** Runs `npx nestbox`. */
  npx(...words: readonly string[]): Promise<CommandEnd>;
  /** Runs the command that npx finds, without the start of npx. */
  nestbox(words: readonly string[], environment?: Environment): Promise<CommandEnd>;
  /** Runs a module of this text with Node. */
  module(text: string): Promise<CommandEnd>;
  run(command: string, words: readonly string[], environment?: Environment): Promise<CommandEnd>;
}

type Environment = Readonly<Record<string, string>>;

/**
 * Creates an empty folder with these files. It goes with the folder of the run: for a minute after thousands
 * of files are deleted, ext4 without a journal takes up to thirty times as long to create one.
 * @param below the project's folder in it
 */
export function installedProject(files: Readonly<Record<string, string>>, below = "."): InstalledProject {
  const root = mkdtempSync(path.join(RUN_FOLDER, "installed-"));
  const folder = path.join(root, below);
  const write = (file: string, content: string) => {
    mkdirSync(path.dirname(path.resolve(folder, file)), { recursive: true });
    writeFileSync(path.resolve(folder, file), content);
  };
  for (const [file, content] of Object.entries(files)) write(path.join(root, file), content);
  const runHere = (command: string, words: readonly string[], environment: Environment = {}) =>
    run(command, words, folder, environment);
  return {
    folder,
    write,
    read: (file) => readFileSync(path.join(folder, file), "utf8"),
    async install(...words) {
      const options = ["--save-dev", "--prefer-offline", "--no-audit", "--no-fund", "--loglevel=error"];
      await succeeded(runHere("npm", ["install", ...options, ...words]));
    },
    npx: (...words) => runHere("npx", ["--no", "nestbox", "--", ...words]),
    nestbox: (words, environment) =>
      runHere(path.join(root, "node_modules/.bin/nestbox"), words, environment),
    module: (text) => runHere("node", ["--input-type=module", "--eval", text]),
    run: runHere,
  };
}

/** @throws Error with the output of a command that failed */
export async function succeeded(end: Promise<CommandEnd>): Promise<CommandEnd> {
  const { exitCode, stdout, stderr } = await end;
  if (exitCode !== 0) throw new Error(`ended with ${exitCode}:\n${stdout}${stderr}`);
  return { exitCode, stdout, stderr };
}

function run(
  command: string,
  words: readonly string[],
  folder: string,
  environment: Environment = {},
): Promise<CommandEnd> {
  const env = { ...usersEnvironment(), ...environment };
  return new Promise((resolve) => {
    execFile(command, words, { cwd: folder, env, maxBuffer: 1 << 26 }, (error, stdout, stderr) => {
      const exitCode = error === null ? 0 : typeof error.code === "number" ? error.code : -1;
      resolve({ exitCode, stdout, stderr: exitCode === -1 ? `${stderr}${error?.message}` : stderr });
    });
  });
}

/** What npm, the set-up of this repository and Jest add to the environment. */
const ADDED =
  /^(npm_(package|lifecycle)_|npm_config_local_prefix$|PULUMI_|NESTBOX_(?!CACHE$)|JEST_|NODE_ENV$)/;

/** This process's environment without what this repository adds to it. */
function usersEnvironment(): NodeJS.ProcessEnv {
  const isOurs = (folder: string) =>
    folder.startsWith(REPOSITORY) || folder.startsWith(cacheFolder(process.env));
  const folders = (process.env.PATH ?? "").split(path.delimiter).filter((folder) => !isOurs(folder));
  return {
    ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !ADDED.test(name))),
    PATH: [path.dirname(process.execPath), ...folders].join(path.delimiter),
  };
}
