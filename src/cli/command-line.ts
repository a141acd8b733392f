import { Command, CommanderError, Option } from "commander";
import { EXIT_CONFIGURATION } from "../machine/exit-codes.ts";
import { ConfigurationError } from "../model/problem.ts";
import type { StackChoice } from "../project/project.ts";
import { Interrupted, type Invocation } from "../sandbox/invocation.ts";
import { answerText } from "./answers/answer-text.ts";
import type { ErrorAnswer } from "./answers/answers.ts";
import { errorAnswer } from "./answers/error-answer.ts";
import { watchOutput } from "./closed-output.ts";
import { endBySignal } from "./interruption.ts";
import { withVerb } from "./missing-right.ts";
import { isJson, splitAtDashes, withOptionalFile } from "./operands.ts";
import { processInvocation } from "./process-invocation.ts";
import { reportError } from "./report-error.ts";

/**
 * Runs a command line and returns its exit code. Each verb is a module that only its own call loads.
 * @param words the command line without the program's name
 * @param invocation @default this process
 */
export async function runCommandLine(words: readonly string[], invocation?: Invocation): Promise<number> {
  if (invocation !== undefined) return runVerb(words, invocation);
  const exitCodeOfClosedOutput = watchOutput();
  const exitCode = await runVerb(words, processInvocation());
  return exitCodeOfClosedOutput() ?? exitCode;
}

async function runVerb(words: readonly string[], invocation: Invocation): Promise<number> {
  let exitCode = 0;
  const finish = (code: number) => {
    exitCode = code;
  };
  const asData = (message: string, code: number) => {
    if (isJson(words)) invocation.stdout.write(answerText<ErrorAnswer>(errorAnswer(message, code)));
    return code;
  };
  try {
    await commands(finish, words, invocation).parseAsync(withOptionalFile(words, "--timings", ".json"), {
      from: "user",
    });
    return exitCode;
  } catch (error) {
    invocation.progress.close();
    if (error instanceof Interrupted) return endBySignal(error.signal);
    if (error instanceof CommanderError && error.exitCode === 0) return 0;
    if (error instanceof CommanderError) return asData(usageProblem(error), EXIT_CONFIGURATION);
    return asData(error instanceof Error ? error.message : String(error), reportError(error, invocation));
  } finally {
    invocation.progress.close();
  }
}

function usageProblem({ message }: CommanderError): string {
  const [problem = ""] = message.replace(/^error: /, "").split("\n");
  return `${problem}; run npx nestbox --help for all commands and options`;
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

/** The option of every verb that a program reads. docs/reference-json.md shows what it prints. */
const JSON_ANSWER = ["--json", "print the answer as JSON, also that of an error"] as const;

const COMPONENT = [
  "--component <name>",
  "the component of the stack that has the sandbox (default: that of its name, else the only one)",
] as const;

function commands(
  finish: (exitCode: number) => void,
  words: readonly string[],
  invocation: Invocation,
): Command {
  const { environment } = invocation;
  /** The targets on whose places sandboxes run. */
  const places = invocation.targets.flatMap(({ name, runs }) => (runs ? [name] : []));
  const emitting = invocation.targets.flatMap(({ name, emits }) => (emits ? [name] : []));
  const always = invocation.targets.flatMap(({ name, emits }) => (emits === "always" ? [name] : []));
  /** An action whose result is the exit code. */
  const verb =
    <Words extends readonly unknown[]>(run: (...words: Words) => Promise<number>) =>
    async (...given: Words) => {
      const command = given.at(-1);
      const name = command instanceof Command ? command.name() : "";
      finish(await run(...given).catch((error: unknown) => Promise.reject(withVerb(error, name))));
    };
  const program = new Command("nestbox")
    .description(
      "Throw-away environments for integration tests: on this machine, in GitLab CI and per branch.",
    )
    .option("-C, --project <folder>", "the project's folder", process.cwd())
    .option(...STACK, environment.PULUMI_STACK ?? "dev")
    .showHelpAfterError("(run nestbox --help for all commands and options)")
    .enablePositionalOptions()
    .exitOverride()
    .hook("preAction", (_, command) => {
      const { stack } = command.opts<{ stack?: string }>();
      if (stack !== undefined) program.setOptionValueWithSource("stack", stack, "cli");
    });
  const target = () => program.opts<{ project: string; stack: string }>();
  const projectFolder = async () => (await import("../project/project.ts")).findProject(target().project);
  const targetFor = async ({ branch }: BranchChoice): Promise<StackChoice> => {
    if (branch === undefined) return target();
    if (program.getOptionValueSource("stack") === "cli")
      throw new ConfigurationError("--branch: --stack names a stack, too; leave out one of them");
    return (await import("../project/branch.ts")).branchChoice(target().project, branch, environment);
  };

  const isOneStack = ({ branch }: BranchChoice): boolean =>
    branch !== undefined || program.getOptionValueSource("stack") === "cli";

  program
    .command("init")
    .description("write a first sandbox into a folder; files that are there stay as they are")
    .option("--service <name...>", "services of the catalog (default: redis)")
    .option("--from <file...>", "declare the services of a compose file; --service chooses among them")
    .addOption(choice("--target <target>", "where the sandboxes are (default: docker)", places))
    .option("--stack", "also write a Pulumi program with the stack dev")
    .option("--runner", "also write a GitLab runner that the program registers and runs; implies --stack")
    .option("--gitlab", "also emit GitLab CI jobs, and with --stack an environment for each branch")
    .option("--agents", "also write what agents read: AGENTS.md, a skill and a hook of Claude Code")
    .addHelpText("after", "\nTwice is as safe as once. Nothing is written if something is in the way.")
    .action(
      verb(async (options) => {
        const { init } = await import("./verbs/init.ts");
        return init({ project: target().project, ...options }, invocation);
      }),
    );
  program
    .command("import")
    .description("write a declaration of the services of a compose file, and report what differs")
    .argument("[files...]", "the compose file, and others that are laid over it (default: compose.yaml)")
    .option("--service <name...>", "these services alone, with those that they depend on")
    .option("--print", "print the declaration; write nothing")
    .action(
      verb(async (files, options) => {
        const { importServices } = await import("./verbs/import.ts");
        return importServices({ project: target().project, files, ...options }, invocation);
      }),
    );
  program
    .command("up")
    .description(
      "bring the stack's sandboxes up, or without a Pulumi.yaml those of this checkout, until an end",
    )
    .argument("[sandboxes...]", "without a stack: the sandboxes (default: all)")
    .option("--for <duration>", "without a stack: their end from now, such as 8h, or never")
    .option("--volumes", "without a stack: remove volumes that are no longer declared")
    .option("--watch", "without a stack: after a change, build images again and replace their services")
    .option(...STACK)
    .option(...BRANCH)
    .option(...JSON_ANSWER)
    .action(
      verb(async (sandboxes, options) => {
        const { up } = await import("./verbs/up.ts");
        return up(await targetFor(options), { ...options, sandboxes }, invocation);
      }),
    );
  program
    .command("run")
    .description("run a sandbox's jobs, one job after those that it needs, or a command of this machine")
    .usage("[options] [sandbox] [job]\n       nestbox run [options] [sandbox] -- <command...>")
    .argument("[sandbox]", "the sandbox (default: the only one)")
    .argument("[job]", "the job (default: all)")
    .allowExcessArguments()
    .option("--all", "run the jobs of all sandboxes that have some")
    .option("--fresh", "start a sandbox for this command alone, without a stack, and remove it afterwards")
    .option("--fork <service>", "with a command: give it a fork of the service; may be repeated", repeated)
    .option("--profile <name>", "with --fresh: an active profile, or all; may be repeated", repeated)
    .addOption(choice("--target <target>", "with --fresh: the place (default: that of the settings)", places))
    .option("--context <name>", "with --target kubernetes: the context of the kubeconfig")
    .option("--namespace <name>", "with --target kubernetes: a namespace that exists, to run inside")
    .option("--artifacts <folder>", "keep the artifacts of jobs there (default: .nestbox/artifacts)")
    .option("--report <file>", "write the ends of the jobs there, in JUnit's format")
    .option(...JSON_ANSWER)
    .option("--timings [file.json]", "print what took how long, or write a trace for Perfetto and Chrome")
    .option(...COMPONENT)
    .option(...STACK)
    .option(...BRANCH)
    .addHelpText(
      "after",
      "\nWithout a Pulumi.yaml, it runs in the sandbox that is up, else --fresh is implied.\n" +
        "The exit code is that of the failed job or of the command. A command finds the services\n" +
        "as `nestbox env` prints them.",
    )
    .action(
      verb(async (_sandbox, _job, options, { args }) => {
        const { named, command } = splitAtDashes(args, words, { withCommand: 1, alone: 2 });
        const [sandbox, job] = named;
        if (options.fresh && options.branch !== undefined)
          throw new ConfigurationError(
            "--fresh: --branch names a stack, which it does not use; leave out one",
          );
        const { run } = await import("./verbs/run.ts");
        return run(await targetFor(options), { ...options, sandbox, job, command }, invocation);
      }),
    );
  program
    .command("start")
    .description("start a sandbox until the standard input ends, and print its addresses as JSON")
    .argument("[sandbox]", "the sandbox (default: the only one)")
    .option("--profile <name>", "an active profile, or all; may be repeated", repeated)
    .option(...STACK)
    .addHelpText(
      "after",
      "\nFor test runners in any language: the sandbox goes with the process that holds the other end.\n" +
        'Prints one line: {"schema", "sandbox", "variables", ' +
        '"services": {NAME: {"host", "port", "variables"}}}.',
    )
    .action(
      verb(async (sandbox, options) => {
        const { startForParent } = await import("./verbs/start.ts");
        return startForParent(target(), { ...options, sandbox }, invocation);
      }),
    );
  program
    .command("logs")
    .description("print the output of a sandbox's services, or of one; that of an ended one, too")
    .argument("[sandbox]", "the sandbox (default: the only one, or the only one that is up)")
    .argument("[service]", "the service (default: all); a single word is a sandbox, else a service")
    .option("-f, --follow", "go on until all services have ended, or until Ctrl-C")
    .option("--since <duration>", "only lines that are younger, such as 5m")
    .option("--tail <lines>", "only so many last lines of each service (default: all)")
    .option(...JSON_ANSWER)
    .option(...COMPONENT)
    .option(...STACK)
    .option(...BRANCH)
    .action(
      verb(async (sandbox, service, options) => {
        const { logs } = await import("./verbs/logs.ts");
        const operands = [sandbox, service].filter((word) => word !== undefined);
        return logs(await targetFor(options), operands, options, invocation);
      }),
    );
  program
    .command("exec")
    .description("run a command in the container of a service, in a terminal where there is one")
    .usage("[options] [sandbox] <service> -- <command...>")
    .argument("[words...]")
    .option("-T, --no-tty", "give the command no terminal")
    .option(...JSON_ANSWER)
    .option(...COMPONENT)
    .option(...STACK)
    .option(...BRANCH)
    .addHelpText(
      "after",
      "\nIts standard input is that of this command. The exit code is that of the command, 127 for one\n" +
        "that the image lacks.",
    )
    .action(
      verb(async (given, options) => {
        const operands = splitAtDashes(given, words, { withCommand: 2, alone: 2 });
        const { execCommand } = await import("./verbs/exec.ts");
        return execCommand(await targetFor(options), operands, options, invocation);
      }),
    );
  program
    .command("connect")
    .description("run the client of a service in its container, such as psql, with the right arguments")
    .usage("[options] [sandbox] <service> [-- <arguments...>]")
    .argument("[words...]")
    .option("-T, --no-tty", "give the client no terminal")
    .option(...JSON_ANSWER)
    .option(...COMPONENT)
    .option(...STACK)
    .option(...BRANCH)
    .action(
      verb(async (given, options) => {
        const operands = splitAtDashes(given, words, { withCommand: 2, alone: 2 });
        const { connect } = await import("./verbs/connect.ts");
        return connect(await targetFor(options), operands, options, invocation);
      }),
    );
  program
    .command("fork")
    .description(
      "make an isolated state of a service that is up, such as a database, and print its variables",
    )
    .usage("[options] [sandbox] <service>")
    .argument("[words...]")
    .option("--for <duration>", "how long it stays", "10m")
    .option(...COMPONENT)
    .option(...STACK)
    .option(...BRANCH)
    .addOption(formatOption())
    .option(...JSON_ANSWER)
    .action(
      verb(async (given, options) => {
        const { named, command } = splitAtDashes(given, words, { withCommand: 2, alone: 2 });
        if (command !== undefined)
          throw new ConfigurationError("--: a command gets a fork by nestbox run --fork SERVICE -- COMMAND");
        const { fork } = await import("./verbs/fork.ts");
        return fork(await targetFor(options), named, options, invocation);
      }),
    );
  program
    .command("emit")
    .description("write the files of the sandboxes for other tools, and list what they cannot express")
    .argument("[sandboxes...]", "the sandboxes (default: all)")
    .addOption(
      choice(
        "--target <target>",
        `write the files of one target (default: ${always.join(" and ")})`,
        emitting,
      ),
    )
    .option("--namespace <name>", "with --target kubernetes: a namespace that exists, for all sandboxes")
    .option("--out <folder>", "write the files to this folder instead of the project's")
    .option("--check", "write nothing; exit with 1 and show the difference if a file is not up to date")
    .option(...JSON_ANSWER)
    .option("--strict", "write nothing and exit with 1 if something cannot be expressed")
    .option("--force", "overwrite files that were edited by hand")
    .action(
      verb(async (sandboxes, options) => {
        const { emit } = await import("./verbs/emit.ts");
        return emit({ project: await projectFolder(), sandboxes, ...options }, invocation);
      }),
    );
  program
    .command("prove")
    .description("compare what sandboxes do on each target with their plans and the table of losses")
    .argument("[sandboxes...]", "the sandboxes (default: all)")
    .addOption(
      choice("--target <target...>", "the targets (default: all that are there)", provedTargets(invocation)),
    )
    .option("--context <name>", "with --target kubernetes alone: the context of the kubeconfig")
    .option("--namespace <name>", "with --target kubernetes alone: a namespace that exists, to prove inside")
    .option(...JSON_ANSWER)
    .addHelpText("after", "\nEverything that it creates is removed. Exit code 1 if a target differs.")
    .action(
      verb(async (sandboxes, options) =>
        (await import("./verbs/prove.ts")).prove(target(), { sandboxes, ...options }, invocation),
      ),
    );
  program
    .command("plan")
    .description("print a sandbox's plan: every default and decision made, as every target reads it")
    .argument("<sandbox>")
    .option(...STACK)
    .option("--profiles <names...>", "the active profiles, or all (default: those of the stack)")
    .option(...JSON_ANSWER)
    .action(
      verb(async (sandbox, options) =>
        (await import("./verbs/plan.ts")).printPlan(target(), sandbox, options, invocation),
      ),
    );
  program
    .command("ls")
    .description(
      "list the sandboxes and GitLab runners where the stacks are, with state, memory, age and end",
    )
    .option("--runners", "list only the GitLab runners")
    .option(...JSON_ANSWER)
    .option("--watch", "print the list again whenever it changes, until Ctrl-C")
    .option("-s, --stack <name>", "list only the place of this stack (default: of all stacks)")
    .option(...branchOption("list only the place of a branch's stack"))
    .addOption(placeOption(places))
    .action(
      verb(async (options) => {
        const only = isOneStack(options);
        const { ls } = await import("./verbs/ls.ts");
        return ls(await targetFor(options), { ...options, only }, invocation);
      }),
    );
  program
    .command("doctor")
    .description("report problems of this machine and its runners, or in a file, with their remedies")
    .argument("[file]", "a job's log, a runner's config.toml, or - for a log on the standard input")
    .option(...JSON_ANSWER)
    .action(
      verb(async (file, options) =>
        (await import("./verbs/doctor.ts")).doctor(
          { file, project: target().project, ...options },
          invocation,
        ),
      ),
    );
  const runner = program
    .command("runner")
    .description("work with the declared GitLab runners of the project");
  runner
    .command("config")
    .description("print gitlab-runner's config.toml; it contains no secrets")
    .argument("[runner]", "one with the executor kubernetes (default: all others)")
    .action(
      verb(async (name?: string) =>
        (await import("./verbs/runner.ts")).printRunnerConfig(await projectFolder(), name, invocation),
      ),
    );
  runner
    .command("manifest")
    .description('print what an administrator must apply for runners in a cluster with access: "existing"')
    .argument("[runner]", "(default: all of them)")
    .action(
      verb(async (name?: string) =>
        (await import("./verbs/runner.ts")).printRunnerManifest(await projectFolder(), name, invocation),
      ),
    );
  program
    .command("down")
    .description(
      "remove the sandboxes of the stack (with --branch also the stack) and those of this checkout",
    )
    .argument("[sandboxes...]", "without a stack: the sandboxes (default: all)")
    .option(...STACK)
    .option(...BRANCH)
    .option("--force", "remove the sandboxes of a protected branch, too")
    .option("--volumes", "remove the caches of this checkout's jobs, too")
    .option("--wait", "wait until a cluster has removed the namespaces, which takes seconds")
    .option(...JSON_ANSWER)
    .action(
      verb(async (sandboxes, options) => {
        const { down } = await import("./verbs/down.ts");
        return down(await targetFor(options), { ...options, sandboxes }, invocation);
      }),
    );
  program
    .command("env")
    .description("print the variables with which programs on this machine reach the published services")
    .argument("[sandbox]", "one of its sandboxes (default: all)")
    .option(...COMPONENT)
    .option(...STACK)
    .option(...BRANCH)
    .option("--from-engine-host", "print addresses on the engine's host, also valid behind a tunnel to it")
    .addOption(formatOption())
    .option(...JSON_ANSWER)
    .action(
      verb(async (sandbox, options) =>
        (await import("./verbs/env.ts")).env(await targetFor(options), sandbox, options, invocation),
      ),
    );
  program
    .command("extend")
    .description("set the end of the stack")
    .argument("[for]", "a duration from now such as 3d, or never (default: the stack's time to live)")
    .option(...JSON_ANSWER)
    .option(...STACK)
    .option(...BRANCH)
    .action(
      verb(async (span, options) =>
        (await import("./verbs/extend.ts")).extend(await targetFor(options), span, options, invocation),
      ),
    );
  program
    .command("gc")
    .description(
      "list expired stacks, stacks missing from the state, orphans and unused images; remove with --yes",
    )
    .option(
      "-s, --stack <name>",
      "examine only this Pulumi stack (default: all stacks where the project's stacks are)",
    )
    .option(...branchOption("examine only the stack of a branch"))
    .addOption(placeOption(places))
    .addOption(
      new Option("--context <name>", "with --target kubernetes: only the cluster of this context").conflicts([
        "stack",
        "branch",
      ]),
    )
    .option("--namespace <name>", "with --context: only the sandboxes inside this namespace")
    .option("--dry-run", "remove nothing, even with --yes")
    .option("--yes", "remove what is listed")
    .option(...JSON_ANSWER)
    .addHelpText(
      "after",
      "\nA stack expires when nestbox:timeToLive has passed since its last use. A stack in use\n" +
        "is skipped. Orphans are resources of killed commands.",
    )
    .action(
      verb(async (options) => {
        const removal = { only: isOneStack(options), yes: options.yes && !options.dryRun };
        const { collect } = await import("./verbs/gc.ts");
        return collect(await targetFor(options), { ...options, ...removal }, invocation);
      }),
    );
  program
    .command("install")
    .description("provide the Pulumi CLI and its plugins, as images for CI jobs need them")
    .action(verb(async () => (await import("./verbs/install.ts")).install(target(), invocation)));
  program
    .command("engine")
    .description("manage the Docker engine that nestbox started on a machine without one")
    .command("stop")
    .description("stop it and its containers; the next command starts it again")
    .action(
      verb(async () => (await import("./verbs/engine.ts")).stopProjectEngine(target().project, invocation)),
    );
  const cluster = program
    .command("cluster")
    .description("manage a Kubernetes cluster of one node on the Docker engine, where none can be had");
  cluster
    .command("start")
    .description("start it unless it runs, and print how to use it; the first time takes minutes")
    .action(
      verb(async () =>
        (await import("./verbs/cluster.ts")).startProjectCluster(target().project, invocation),
      ),
    );
  cluster
    .command("rights")
    .description("print the ClusterRole with what a verb needs in any cluster, for an administrator")
    .argument("[verb]", "pulumi stands for up and down of a stack (default: all verbs)")
    .option("--namespace <name>", "print the Role for sandboxes inside this namespace instead")
    .action(
      verb(async (name, options) =>
        (await import("./verbs/cluster-rights.ts")).printClusterRights(name, options, invocation),
      ),
    );
  cluster
    .command("clean-up")
    .description("print a CronJob that runs gc in any cluster, with its account, for an administrator")
    .requiredOption("--image <image>", "the image of the project, with the command nestbox")
    .option("--every <time>", "the time between two runs", "1h")
    .option("--namespace <name>", "clean up the sandboxes inside this namespace alone, and run there")
    .action(
      verb(async (options) =>
        (await import("./verbs/cluster-clean-up.ts")).printCleanUp(options, invocation),
      ),
    );
  cluster
    .command("stop")
    .description("remove it with everything in it")
    .action(
      verb(async () => (await import("./verbs/cluster.ts")).stopProjectCluster(target().project, invocation)),
    );
  cluster
    .command("status")
    .description("print how to use it; exit code 1 if it does not run")
    .option(...JSON_ANSWER)
    .action(
      verb(async (options) =>
        (await import("./verbs/cluster.ts")).printProjectCluster(target().project, options, invocation),
      ),
    );
  program
    .command("pulumi")
    .argument("[words...]")
    .allowUnknownOption()
    .passThroughOptions()
    .description("run the Pulumi CLI with the project's engine, state and plugins, on the stack")
    .helpOption(false)
    .option(...STACK)
    .option(...BRANCH)
    .action(
      verb(async (given, options) =>
        (await import("./verbs/pulumi.ts")).pulumi(await targetFor(options), given, invocation),
      ),
    );
  return program;
}

/** What `nestbox prove` compares: places, a stack, and what reads emitted files. */
function provedTargets({ targets }: Pick<Invocation, "targets">): readonly string[] {
  const [places, others] = [true, false].map((runs) => targets.filter((one) => one.runs === runs));
  return [...(places ?? []), { name: "stack" }, ...(others ?? [])].map(({ name }) => name);
}

/** An option with one of some values. */
function choice(flags: string, description: string, values: readonly string[]): Option {
  return new Option(flags, description).choices(values);
}

/** The option `--format` of verbs that print variables. */
function formatOption(): Option {
  const option = choice("--format <format>", "output format", ["dotenv", "json", "shell"]);
  return option.default("dotenv").conflicts("json");
}

/** The option `--target` of verbs that look at several places. */
function placeOption(places: readonly string[]): Option {
  return choice("--target <target>", "only the places of this target (default: of all)", places).conflicts([
    "stack",
    "branch",
  ]);
}

/** Collects the values of an option that may be repeated. */
function repeated(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}
