import { Command, CommanderError, Option } from "commander";
import { ConfigurationError } from "../model/problem.ts";
import { colors } from "../terminal/colors.ts";
import type { Place } from "./workspace/project.ts";

/** Exit code for what the user has to change: usage, a declaration, a setting, the machine. */
const EXIT_CONFIGURATION = 2;

/**
 * Runs a command line and gives its exit code. Each verb is a file, loaded only when it is called.
 * @param words the command line without the program's name
 */
export async function runCommandLine(words: readonly string[]): Promise<number> {
  let exitCode = 0;
  const finish = (code: number) => {
    exitCode = code;
  };
  try {
    await commands(finish).parseAsync([...words], { from: "user" });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT_CONFIGURATION;
    if (error instanceof ConfigurationError) {
      process.stderr.write(`${errorLines(error.message)}\n`);
      return EXIT_CONFIGURATION;
    }
    process.stderr.write(`${colors.red("error")} ${unexpected(error)}\n`);
    return 1;
  }
}

/** What `--branch` says: nothing for one that is not given, `true` for one that names none. */
interface BranchChoice {
  readonly branch?: string | true;
}

const BRANCH = [
  "--branch [name]",
  "of a branch's own stack (default: the CI job's branch, else the checked-out one)",
] as const;

/** Of the verbs that work on a stack, too: people write it there as well as before the verb. */
const STACK = ["-s, --stack <name>", "the Pulumi stack"] as const;

function commands(finish: (exitCode: number) => void): Command {
  const program = new Command("nestbox")
    .description(
      "Throw-away environments for integration tests: on this machine, in GitLab CI and per branch.",
    )
    .option("-C, --project <folder>", "the project's folder", process.cwd())
    .option(...STACK, process.env.PULUMI_STACK ?? "dev")
    .showHelpAfterError("(nestbox --help lists what there is)")
    .enablePositionalOptions()
    .exitOverride()
    .hook("preAction", (_, command) => {
      const { stack } = command.opts<{ stack?: string }>();
      if (stack !== undefined) program.setOptionValueWithSource("stack", stack, "cli");
    });
  const place = () => program.opts<{ project: string; stack: string }>();
  const placeOf = async ({ branch }: BranchChoice): Promise<Place> => {
    if (branch === undefined) return place();
    if (program.getOptionValueSource("stack") === "cli")
      throw new ConfigurationError("--branch and --stack both name a stack; leave out one of them");
    return (await import("./workspace/branch.ts")).placeOfBranch(place().project, branch, process.env);
  };

  program
    .command("start")
    .description("set up this machine, bring the stack's sandboxes up and run their jobs")
    .option(...STACK)
    .action(async () => finish(await (await import("./verbs/start.ts")).start(place())));
  program
    .command("up")
    .description("bring the stack's sandboxes up, as `pulumi up` does")
    .option(...STACK)
    .option(...BRANCH)
    .option("--json", "print what is up as JSON")
    .action(async (options) =>
      finish(await (await import("./verbs/up.ts")).up(await placeOf(options), options)),
    );
  program
    .command("run")
    .description("run a sandbox's jobs, or one after those that it needs; the exit code is the job's")
    .argument("<sandbox>")
    .argument("[job]")
    .option(...STACK)
    .option(...BRANCH)
    .action(async (sandbox, job, options) =>
      finish(await (await import("./verbs/run.ts")).run(await placeOf(options), sandbox, job)),
    );
  program
    .command("emit")
    .description("write the GitLab CI and compose files of the sandboxes, and say what they cannot express")
    .argument("[sandboxes...]", "the sandboxes (default: all)")
    .option("--out <folder>", "write below this folder, as if it were the project's")
    .option("--check", "write nothing; exit 1 and show how the files differ from the declarations")
    .option("--json", "print files and losses as JSON")
    .option("--strict", "write nothing and exit 1 when something cannot be expressed")
    .option("--force", "overwrite files that were edited by hand")
    .action(async (sandboxes, options) => {
      const [{ emit }, { findProject }] = await Promise.all([
        import("./verbs/emit.ts"),
        import("./workspace/project.ts"),
      ]);
      finish(await emit({ project: findProject(place().project), sandboxes, ...options }, process));
    });
  program
    .command("plan")
    .description("print a sandbox's plan: every default and decision made, as every target reads it")
    .argument("<sandbox>")
    .option(...STACK)
    .option("--profiles <names...>", "the active profiles, or all (default: those of the stack)")
    .option("--json", "print JSON")
    .action(async (sandbox, options) =>
      finish(await (await import("./verbs/plan.ts")).printPlan(place(), sandbox, options, process.stdout)),
    );
  program
    .command("ls")
    .description(
      "list the sandboxes on this machine's engine: their state, use, age and end; and its GitLab runners",
    )
    .option("--runners", "the GitLab runners alone, with --json too")
    .option("--json", "as JSON, the sandboxes or the runners")
    .option("--watch", "show the list again as it changes")
    .action(async (options) => finish(await (await import("./verbs/ls.ts")).ls(place(), options)));
  program
    .command("doctor")
    .description(
      "say what is wrong, and what to do: of this machine and its runners, or of what a file tells",
    )
    .argument("[file]", "a job's log, a runner's config.toml, or - for a log on the standard input")
    .option("--json", "as JSON")
    .action(async (file, options) =>
      finish(
        await (await import("./verbs/doctor.ts")).doctor(
          { file, project: place().project, ...options },
          process,
        ),
      ),
    );
  program
    .command("runner")
    .description("the GitLab runners that the project declares")
    .command("config")
    .description("print gitlab-runner's config.toml for them; it holds no secret")
    .exitOverride()
    .action(async () => {
      const [{ printRunnerConfig }, { findProject }] = await Promise.all([
        import("./verbs/runner.ts"),
        import("./workspace/project.ts"),
      ]);
      finish(await printRunnerConfig(findProject(place().project)));
    });
  program
    .command("down")
    .description("remove the stack's sandboxes, as `pulumi destroy` does; of a branch the stack too")
    .option(...STACK)
    .option(...BRANCH)
    .option("--force", "also of a protected branch")
    .action(async (options) =>
      finish(await (await import("./verbs/down.ts")).down(await placeOf(options), options)),
    );
  program
    .command("env")
    .description("print how programs on this machine reach the stack's published services")
    .argument("[sandbox]", "one of its sandboxes (default: all)")
    .option(...STACK)
    .option(...BRANCH)
    .option("--from-engine-host", "as programs on the engine's host reach them, or through a tunnel to it")
    .addOption(new Option("--format <format>").choices(["dotenv", "json", "shell"]).default("dotenv"))
    .action(async (sandbox, options) =>
      finish(await (await import("./verbs/env.ts")).env(await placeOf(options), sandbox, options)),
    );
  program
    .command("extend")
    .description(
      "let the stack live longer: for its time to live from now, for a duration such as 3d, or never end",
    )
    .argument("[for]")
    .option(...STACK)
    .option(...BRANCH)
    .action(async (span, options) =>
      finish(await (await import("./verbs/extend.ts")).extend(await placeOf(options), span)),
    );
  program
    .command("gc")
    .description(
      "say which stacks have ended, or are unknown to the state, and what was left by killed commands; and remove it",
    )
    .option("-s, --stack <name>", "of this Pulumi stack alone (default: of all that are on the engine)")
    .option("--branch [name]", "of the stack of a branch alone (without a name: the checked-out one)")
    .option("--dry-run", "remove nothing; so it does without --yes, too")
    .option("--yes", "remove them")
    .option("--json", "as JSON")
    .addHelpText(
      "after",
      "\nWhat somebody works on is left alone. A stack ends so long after its last use as nestbox:timeToLive says.",
    )
    .action(async ({ dryRun, yes, json, ...choice }) => {
      const only = choice.branch !== undefined || program.getOptionValueSource("stack") === "cli";
      const options = { json, only, yes: yes === true && !dryRun };
      finish(await (await import("./verbs/gc.ts")).collect(await placeOf(choice), options));
    });
  program
    .command("engine")
    .description("the Docker engine that the set-up made where there was none")
    .command("stop")
    .description("stop it with all its containers; the next command starts it again")
    .exitOverride()
    .action(async () => finish(await (await import("./verbs/engine.ts")).stopOwnEngine(place().project)));
  program
    .command("pulumi")
    .description("run the Pulumi CLI as set up for this project")
    .argument("[words...]")
    .helpOption(false)
    .allowUnknownOption()
    .passThroughOptions()
    .action(async (words) => finish(await (await import("./verbs/pulumi.ts")).pulumi(place(), words)));
  program
    .command("test", { hidden: true })
    .description("set up this machine and run this project's own tests")
    .argument("[words...]")
    .allowUnknownOption()
    .passThroughOptions()
    .action(async (words) => finish(await (await import("./verbs/project-task.ts")).test(place(), words)));
  program
    .command("bench", { hidden: true })
    .description("set up this machine and run this project's own measurements")
    .argument("[words...]")
    .allowUnknownOption()
    .passThroughOptions()
    .action(async (words) => finish(await (await import("./verbs/project-task.ts")).bench(place(), words)));
  for (const command of program.commands) command.exitOverride();
  return program;
}

function errorLines(message: string): string {
  return message
    .split("\n")
    .map((line) => (line.startsWith(" ") ? line : `${colors.red("error")} ${line}`))
    .join("\n");
}

function unexpected(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return process.env.NESTBOX_DEBUG ? (error.stack ?? error.message) : error.message;
}
