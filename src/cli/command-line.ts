import { Command, CommanderError, Option } from "commander";
import { ConfigurationError } from "../model/problem.ts";
import { EXIT_CONFIGURATION } from "./exit-codes.ts";
import { reportError } from "./report-error.ts";
import type { RunOptions } from "./verbs/run.ts";
import type { Target } from "./workspace/project.ts";

/**
 * Runs a command line and returns its exit code. Each verb is a module that only its own call loads.
 * @param words the command line without the program's name
 */
export async function runCommandLine(words: readonly string[]): Promise<number> {
  let exitCode = 0;
  const finish = (code: number) => {
    exitCode = code;
  };
  try {
    await commands(finish, words).parseAsync([...words], { from: "user" });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT_CONFIGURATION;
    return reportError(error);
  }
}

/** The option `--branch`: undefined if absent, `true` without a name. */
interface BranchChoice {
  readonly branch?: string | true;
}

/** The option `--branch` of a verb, by what it does with the branch's stack. */
const branchOption = (meaning: string) =>
  ["--branch [name]", `${meaning} (default name: the CI job's branch, else the checked-out one)`] as const;

const BRANCH = branchOption("use the stack of a branch");

/** An option of the program and of each verb on a stack, since users write it in either position. */
const STACK = ["-s, --stack <name>", "the Pulumi stack"] as const;

const COMPONENT = [
  "--component <name>",
  "the component of the stack that has the sandbox (default: that of its name, else the only one)",
] as const;

const PLACES = ["docker", "kubernetes"];
/** The targets of `nestbox prove`. */
const TARGETS = ["docker", "stack", "compose", "gitlab", "kubernetes"];

function commands(finish: (exitCode: number) => void, words: readonly string[]): Command {
  /** An action whose result is the exit code. */
  const verb =
    <Words extends readonly unknown[]>(run: (...words: Words) => Promise<number>) =>
    async (...given: Words) =>
      finish(await run(...given));
  const program = new Command("nestbox")
    .description(
      "Throw-away environments for integration tests: on this machine, in GitLab CI and per branch.",
    )
    .option("-C, --project <folder>", "the project's folder", process.cwd())
    .option(...STACK, process.env.PULUMI_STACK ?? "dev")
    .showHelpAfterError("(run nestbox --help for all commands and options)")
    .enablePositionalOptions()
    .exitOverride()
    .hook("preAction", (_, command) => {
      const { stack } = command.opts<{ stack?: string }>();
      if (stack !== undefined) program.setOptionValueWithSource("stack", stack, "cli");
    });
  const target = () => program.opts<{ project: string; stack: string }>();
  const projectFolder = async () => (await import("./workspace/project.ts")).findProject(target().project);
  const targetFor = async ({ branch }: BranchChoice): Promise<Target> => {
    if (branch === undefined) return target();
    if (program.getOptionValueSource("stack") === "cli")
      throw new ConfigurationError("--branch: --stack names a stack, too; leave out one of them");
    return (await import("./workspace/branch.ts")).branchTarget(target().project, branch, process.env);
  };

  const isOneStack = ({ branch }: BranchChoice): boolean =>
    branch !== undefined || program.getOptionValueSource("stack") === "cli";

  program
    .command("init")
    .description("write a first sandbox into a folder; files that are there stay as they are")
    .option("--service <name...>", "services of the catalog (default: redis)")
    .addOption(choice("--target <target>", "where the sandboxes are (default: docker)", PLACES))
    .option("--stack", "also write a Pulumi program with the stack dev")
    .option("--runner", "also write a GitLab runner that the program registers and runs; implies --stack")
    .option("--gitlab", "also emit GitLab CI jobs, and with --stack an environment for each branch")
    .addHelpText("after", "\nTwice is as safe as once. Nothing is written if something is in the way.")
    .action(
      verb(async (options) => {
        const { init } = await import("./verbs/init.ts");
        return init({ project: target().project, ...options }, process);
      }),
    );
  program
    .command("start")
    .description("set up this machine, bring the stack's sandboxes up and run their jobs")
    .option(...STACK)
    .action(verb(async () => (await import("./verbs/start.ts")).start(target())));
  program
    .command("up")
    .description("bring the stack's sandboxes up, as `pulumi up` does")
    .option(...STACK)
    .option(...BRANCH)
    .option("--json", "print the running sandboxes as JSON")
    .action(verb(async (options) => (await import("./verbs/up.ts")).up(await targetFor(options), options)));
  program
    .command("run")
    .description("run a sandbox's jobs, one job after those that it needs, or a command of this machine")
    .usage("[options] [sandbox] [job]\n       nestbox run [options] [sandbox] -- <command...>")
    .argument("[sandbox]", "the sandbox (default: the only one)")
    .argument("[job]", "the job (default: all)")
    .allowExcessArguments()
    .option("--fresh", "start a sandbox for this command alone, without a stack, and remove it afterwards")
    .option("--profile <name>", "with --fresh: an active profile, or all; may be repeated", repeated)
    .addOption(choice("--target <target>", "with --fresh: the place (default: that of the settings)", PLACES))
    .option("--context <name>", "with --target kubernetes: the context of the kubeconfig")
    .option(...COMPONENT)
    .option(...STACK)
    .option(...BRANCH)
    .addHelpText(
      "after",
      "\nWithout a Pulumi.yaml, --fresh is implied. The exit code is that of the failed job or of\n" +
        "the command. A command finds the services as `nestbox env` prints them.",
    )
    .action(
      verb(async (_sandbox, _job, options, { args }) => {
        const operands = splitAtDashes(args, words);
        if (options.fresh && options.branch !== undefined)
          throw new ConfigurationError(
            "--fresh: --branch names a stack, which it does not use; leave out one",
          );
        return (await import("./verbs/run.ts")).run(await targetFor(options), { ...options, ...operands });
      }),
    );
  program
    .command("emit")
    .description("write the GitLab CI and compose files of the sandboxes, and list what they cannot express")
    .argument("[sandboxes...]", "the sandboxes (default: all)")
    .addOption(
      choice("--target <target>", "write Kubernetes manifests instead of these files", ["kubernetes"]),
    )
    .option("--out <folder>", "write the files to this folder instead of the project's")
    .option("--check", "write nothing; exit with 1 and show the difference if a file is not up to date")
    .option("--json", "print files and losses as JSON")
    .option("--strict", "write nothing and exit with 1 if something cannot be expressed")
    .option("--force", "overwrite files that were edited by hand")
    .action(
      verb(async (sandboxes, options) => {
        const { emit } = await import("./verbs/emit.ts");
        return emit({ project: await projectFolder(), sandboxes, ...options }, process);
      }),
    );
  program
    .command("prove")
    .description("compare what sandboxes do on each target with their plans and the table of losses")
    .argument("[sandboxes...]", "the sandboxes (default: all)")
    .addOption(choice("--target <target...>", "the targets (default: all that are there)", TARGETS))
    .option("--json", "print each check as JSON")
    .addHelpText("after", "\nEverything that it creates is removed. Exit code 1 if a target differs.")
    .action(
      verb(async (sandboxes, options) =>
        (await import("./verbs/prove.ts")).prove(target(), { sandboxes, ...options }),
      ),
    );
  program
    .command("plan")
    .description("print a sandbox's plan: every default and decision made, as every target reads it")
    .argument("<sandbox>")
    .option(...STACK)
    .option("--profiles <names...>", "the active profiles, or all (default: those of the stack)")
    .option("--json", "print JSON")
    .action(
      verb(async (sandbox, options) =>
        (await import("./verbs/plan.ts")).printPlan(target(), sandbox, options),
      ),
    );
  program
    .command("ls")
    .description(
      "list the sandboxes and GitLab runners where the stacks are, with state, memory, age and end",
    )
    .option("--runners", "list only the GitLab runners")
    .option("--json", "print the sandboxes, or with --runners the runners, as JSON")
    .option("--watch", "print the list again whenever it changes, until Ctrl-C")
    .option("-s, --stack <name>", "list only the place of this stack (default: of all stacks)")
    .option(...branchOption("list only the place of a branch's stack"))
    .addOption(placeOption())
    .action(
      verb(async (options) => {
        const only = isOneStack(options);
        return (await import("./verbs/ls.ts")).ls(await targetFor(options), { ...options, only });
      }),
    );
  program
    .command("doctor")
    .description("report problems of this machine and its runners, or in a file, with their remedies")
    .argument("[file]", "a job's log, a runner's config.toml, or - for a log on the standard input")
    .option("--json", "print JSON")
    .action(
      verb(async (file, options) =>
        (await import("./verbs/doctor.ts")).doctor({ file, project: target().project, ...options }),
      ),
    );
  program
    .command("runner")
    .description("work with the declared GitLab runners of the project")
    .command("config")
    .description("print gitlab-runner's config.toml; it contains no secrets")
    .action(verb(async () => (await import("./verbs/runner.ts")).printRunnerConfig(await projectFolder())));
  program
    .command("down")
    .description("remove the stack's sandboxes, as `pulumi destroy` does, and with --branch also the stack")
    .option(...STACK)
    .option(...BRANCH)
    .option("--force", "remove the sandboxes of a protected branch, too")
    .option("--wait", "wait until a cluster has removed the namespaces, which takes seconds")
    .action(
      verb(async (options) => (await import("./verbs/down.ts")).down(await targetFor(options), options)),
    );
  program
    .command("env")
    .description("print the variables with which programs on this machine reach the published services")
    .argument("[sandbox]", "one of its sandboxes (default: all)")
    .option(...COMPONENT)
    .option(...STACK)
    .option(...BRANCH)
    .option("--from-engine-host", "print addresses on the engine's host, also valid behind a tunnel to it")
    .addOption(choice("--format <format>", "output format", ["dotenv", "json", "shell"]).default("dotenv"))
    .action(
      verb(async (sandbox, options) =>
        (await import("./verbs/env.ts")).env(await targetFor(options), sandbox, options),
      ),
    );
  program
    .command("extend")
    .description("set the end of the stack")
    .argument("[for]", "a duration from now such as 3d, or never (default: the stack's time to live)")
    .option(...STACK)
    .option(...BRANCH)
    .action(
      verb(async (span, options) =>
        (await import("./verbs/extend.ts")).extend(await targetFor(options), span),
      ),
    );
  program
    .command("gc")
    .description("list expired stacks, stacks missing from the state and orphans; remove them with --yes")
    .option(
      "-s, --stack <name>",
      "examine only this Pulumi stack (default: all stacks where the project's stacks are)",
    )
    .option(...branchOption("examine only the stack of a branch"))
    .addOption(placeOption())
    .option("--dry-run", "remove nothing, even with --yes")
    .option("--yes", "remove what is listed")
    .option("--json", "print JSON")
    .addHelpText(
      "after",
      "\nA stack expires when nestbox:timeToLive has passed since its last use. A stack in use\n" +
        "is skipped. Orphans are resources of killed commands.",
    )
    .action(
      verb(async (options) => {
        const removal = { only: isOneStack(options), yes: options.yes && !options.dryRun };
        return (await import("./verbs/gc.ts")).collect(await targetFor(options), { ...options, ...removal });
      }),
    );
  program
    .command("install")
    .description("provide the Pulumi CLI and its plugins, as images for CI jobs need them")
    .action(verb(async () => (await import("./verbs/install.ts")).install(target())));
  program
    .command("engine")
    .description("manage the Docker engine that nestbox started on a machine without one")
    .command("stop")
    .description("stop it and its containers; the next command starts it again")
    .action(verb(async () => (await import("./verbs/engine.ts")).stopProjectEngine(target().project)));
  const cluster = program
    .command("cluster")
    .description("manage a Kubernetes cluster of one node on the Docker engine, where none can be had");
  cluster
    .command("start")
    .description("start it unless it runs, and print how to use it; the first time takes minutes")
    .action(verb(async () => (await import("./verbs/cluster.ts")).startProjectCluster(target().project)));
  cluster
    .command("stop")
    .description("remove it with everything in it")
    .action(verb(async () => (await import("./verbs/cluster.ts")).stopProjectCluster(target().project)));
  cluster
    .command("status")
    .description("print how to use it; exit code 1 if it does not run")
    .option("--json", "print JSON")
    .action(
      verb(async (options) =>
        (await import("./verbs/cluster.ts")).printProjectCluster(target().project, options),
      ),
    );
  program
    .command("pulumi")
    .argument("[words...]")
    .allowUnknownOption()
    .passThroughOptions()
    .description("run the Pulumi CLI with the project's engine, state and plugins")
    .helpOption(false)
    .action(verb(async (given) => (await import("./verbs/pulumi.ts")).pulumi(target(), given)));
  return program;
}

/** An option with one of some values. */
function choice(flags: string, description: string, values: readonly string[]): Option {
  return new Option(flags, description).choices(values);
}

/** The option `--target` of verbs that look at several places. */
function placeOption(): Option {
  return choice(
    "--target <target>",
    "only the Docker engine, or only the clusters (default: both)",
    PLACES,
  ).conflicts(["stack", "branch"]);
}

/** Collects the values of an option that may be repeated. */
function repeated(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}

/**
 * The operands of `nestbox run`: a sandbox and a job, or a sandbox and the command after `--`.
 * @param operands as commander gives them, without `--`
 * @param words the whole command line
 * @throws ConfigurationError for too many operands
 */
function splitAtDashes(
  operands: readonly string[],
  words: readonly string[],
): Pick<RunOptions, "sandbox" | "job" | "command"> {
  const dashes = words.indexOf("--");
  const command = dashes === -1 ? undefined : words.slice(dashes + 1);
  const [sandbox, job, ...others] = operands.slice(0, operands.length - (command?.length ?? 0));
  if (command?.length === 0)
    throw new ConfigurationError("--: no command follows; write it, or leave out --");
  if (others.length > 0 || (command !== undefined && job !== undefined))
    throw new ConfigurationError(
      `${others[0] ?? job}: is one word too many; a command of this machine follows after --`,
    );
  return { sandbox, job, command };
}
