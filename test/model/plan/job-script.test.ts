import { execFile } from "node:child_process";
import { chmod, mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { jobCommand } from "../../../src/model/plan/job-script.ts";
import { ANY_CHARACTER } from "../../any-character.ts";

interface End {
  readonly exitCode: number;
  readonly stdout: string;
}

/** Folders with the programs of a small image, with and without bash. */
let toolFolders: { readonly sh: string; readonly bash: string };

beforeAll(async () => {
  const folder = await mkdtemp(path.join(tmpdir(), "job-script-"));
  const withTools = async (name: string, programs: readonly string[]) => {
    const tools = await mkdtemp(path.join(folder, name));
    for (const program of programs) await symlink(await placeOf(program), path.join(tools, program));
    await chmod(tools, 0o755);
    return tools;
  };
  const common = ["sh", "cat", "false", "true"];
  toolFolders = {
    sh: await withTools("sh-", common),
    bash: await withTools("bash-", [...common, "bash"]),
  };
});

afterAll(async () => {
  await rm(path.dirname(toolFolders.sh), { recursive: true });
});

function placeOf(program: string): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile("sh", ["-c", 'command -v "$0"', program], (error, stdout) =>
      error ? reject(error) : resolve(stdout.trim()),
    );
  });
}

type Shell = keyof typeof toolFolders;

/** Runs a job's command like its container. */
function runScript(
  shell: Shell,
  { before = [], script, cleanup = [] }: { before?: string[]; script: string[]; cleanup?: string[] },
): Promise<End> {
  const [, ...words] = jobCommand({ before, script, cleanup });
  const tools = toolFolders[shell];
  return new Promise((resolve) => {
    execFile(path.join(tools, "sh"), words, { env: { PATH: tools } }, (error, stdout) =>
      resolve({ exitCode: error ? Number(error.code) : 0, stdout }),
    );
  });
}

describe.each<Shell>(["sh", "bash"])("with %s", (shell) => {
  test("commands run in one shell and are printed first", async () => {
    const { exitCode, stdout } = await runScript(shell, {
      before: ["fruit=apple"],
      script: ["cd /", 'echo "$fruit in $PWD"'],
    });
    expect(stdout).toBe('$ fruit=apple\n$ cd /\n$ echo "$fruit in $PWD"\napple in /\n');
    expect(exitCode).toBe(0);
  });

  test("the first command that fails ends the script, with its exit code", async () => {
    const end = await runScript(shell, { script: ["echo one", "sh -c 'exit 7'", "echo two"] });
    expect(end).toEqual({ exitCode: 7, stdout: "$ echo one\none\n$ sh -c 'exit 7'\n" });
  });

  test("a failure in the commands before the script skips the script", async () => {
    const end = await runScript(shell, { before: ["false"], script: ["echo never"] });
    expect(end).toEqual({ exitCode: 1, stdout: "$ false\n" });
  });

  test("exit ends the script with its exit code", async () => {
    expect((await runScript(shell, { script: ["exit 3", "echo never"] })).exitCode).toBe(3);
  });

  test("a failing condition does not fail the script", async () => {
    const end = await runScript(shell, {
      script: ["if false; then echo no; fi", "false || true", "echo end"],
    });
    expect(end.exitCode).toBe(0);
    expect(end.stdout).toContain("\nend\n");
  });

  test("cleanup runs after success and failure in its own shell and keeps the exit code", async () => {
    const cleanup = ['echo "cleaned${fruit}"', "sh -c 'exit 9'", "echo never"];
    const success = await runScript(shell, { script: ["fruit=apple"], cleanup });
    expect(success.exitCode).toBe(0);
    expect(success.stdout).toContain("\ncleaned\n");
    expect(success.stdout).not.toContain("\nnever\n");

    const failure = await runScript(shell, { script: ["exit 4"], cleanup });
    expect(failure.exitCode).toBe(4);
    expect(failure.stdout).toContain("\ncleaned\n");
  });

  test("a command may have several lines", async () => {
    const script = ["cat <<END\n it's\n\t$((1 + 1))\nEND", "for n in 1 2; do\n  echo $n\ndone"];
    const { stdout, exitCode } = await runScript(shell, { script });
    expect(stdout).toBe(`$ ${script[0]}\n it's\n\t2\n$ ${script[1]}\n1\n2\n`);
    expect(exitCode).toBe(0);
  });

  test("a script without commands succeeds", async () => {
    expect(await runScript(shell, { script: [] })).toEqual({ exitCode: 0, stdout: "" });
  });

  test("any word is printed and passed to its command unchanged", async () => {
    const words = fc.string({ unit: ANY_CHARACTER, maxLength: 40 }).filter((word) => !word.includes("\0"));
    await fc.assert(
      fc.asyncProperty(words, async (word) => {
        // Arguments of a process cannot contain lone surrogates.
        fc.pre(word.isWellFormed());
        const quoted = `'${word.replaceAll("'", "'\\''")}'`;
        const { stdout } = await runScript(shell, { script: [`printf '[%s]' ${quoted}`] });
        expect(stdout).toBe(`$ printf '[%s]' ${quoted}\n[${word}]`);
      }),
      { numRuns: 50 },
    );
  });
});

test("a pipe in bash fails when any part fails, as in GitLab", async () => {
  expect((await runScript("bash", { script: ["false | true", "echo never"] })).exitCode).toBe(1);
});

test("sh runs the commands in images without bash", async () => {
  const script = ['echo "bash ${BASH_VERSION:-none}"'];
  expect((await runScript("sh", { script })).stdout).toContain("\nbash none\n");
  expect((await runScript("bash", { script })).stdout).not.toContain("\nbash none\n");
});
