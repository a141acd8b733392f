import { execFile } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdir, mkdtemp, rm, symlink, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { buffer } from "node:stream/consumers";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { extract } from "tar-stream";
import { archiveFolder } from "../../src/machine/archive-folder.ts";
import { ConfigurationError } from "../../src/model/problem.ts";

interface ArchivedFile {
  readonly mode?: number | undefined;
  readonly content?: string;
  readonly linkTo?: string;
}

let project: string;

beforeEach(async () => {
  project = await mkdtemp(path.join(tmpdir(), "project-files-"));
});

afterEach(async () => {
  await rm(project, { recursive: true });
});

async function git(...words: readonly string[]): Promise<void> {
  const settings = [
    "-c",
    "user.name=Test",
    "-c",
    "user.email=test@example.com",
    "-c",
    "core.hooksPath=/dev/null",
  ];
  await promisify(execFile)("git", [...settings, ...words], { cwd: project });
}

async function write(name: string, content: string): Promise<void> {
  const file = path.join(project, name);
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, content);
}

async function archived(folder: string): Promise<Readonly<Record<string, ArchivedFile>>> {
  const reader = extract();
  (await archiveFolder(project, folder)).pipe(reader);
  const files: Record<string, ArchivedFile> = {};
  for await (const entry of reader) {
    const { name, type, mode, linkname } = entry.header;
    if (type === "directory") {
      entry.resume();
      continue;
    }
    const chunks: Buffer[] = [];
    for await (const chunk of entry) chunks.push(chunk as Buffer);
    files[name] =
      type === "symlink"
        ? { linkTo: linkname ?? "" }
        : { mode, content: Buffer.concat(chunks).toString("utf8") };
  }
  return files;
}

describe("in a git checkout", () => {
  beforeEach(async () => {
    await git("init", "--quiet");
    await write(".gitignore", "*.log\nbuild/\n");
    await write("app/tracked.py", "1");
    await write("app/deleted.py", "2");
    await write("app/changed.py", "3");
    await write("app/nested/Grüße & more.txt", "4");
    await write("elsewhere.txt", "5");
    await git("add", "--all");
    await git("commit", "--quiet", "--message", "First");
  });

  test("the archive has the current content of all files that are not ignored", async () => {
    await rm(path.join(project, "app/deleted.py"));
    await write("app/changed.py", "changed");
    await write("app/new.py", "new");
    await write("app/debug.log", "ignored");
    await write("app/build/output.txt", "ignored");
    const files = await archived("app");
    expect(Object.fromEntries(Object.entries(files).map(([name, { content }]) => [name, content]))).toEqual({
      "changed.py": "changed",
      "nested/Grüße & more.txt": "4",
      "new.py": "new",
      "tracked.py": "1",
    });
  });

  test("the archive has a file in conflict once", async () => {
    await git("checkout", "--quiet", "-b", "other");
    await write("app/changed.py", "theirs");
    await git("commit", "--quiet", "--all", "--message", "Theirs");
    await git("checkout", "--quiet", "-");
    await write("app/changed.py", "ours");
    await git("commit", "--quiet", "--all", "--message", "Ours");
    await git("merge", "other").catch(() => {});
    const reader = extract();
    (await archiveFolder(project, "app")).pipe(reader);
    const names: string[] = [];
    for await (const entry of reader) {
      names.push(entry.header.name);
      entry.resume();
    }
    expect(names.filter((name) => name === "changed.py")).toHaveLength(1);
  });

  test("the project folder itself can be archived", async () => {
    expect(Object.keys(await archived("."))).toEqual([
      ".gitignore",
      "app/changed.py",
      "app/deleted.py",
      "app/nested/Grüße & more.txt",
      "app/tracked.py",
      "elsewhere.txt",
    ]);
  });
});

describe("in a checkout that git cannot list", () => {
  /** The error of an archive that a process with these variables makes. */
  async function errorWith(environment: Readonly<Record<string, string>>): Promise<unknown> {
    const module = path.resolve("src/machine/archive-folder.ts");
    const script = `import { archiveFolder } from ${JSON.stringify(module)};
      await archiveFolder(${JSON.stringify(project)}, "app").then(
        () => console.log("copied"), (error) => console.log(error.name + " " + error.message));`;
    const words = ["--input-type=module", "--eval", script];
    const env = { HOME: project, ...environment };
    return (await promisify(execFile)(process.execPath, words, { env })).stdout.trim();
  }

  const unknown = () => `ConfigurationError ${project}/app: its ignored files are unknown: `;

  beforeEach(async () => {
    await git("init", "--quiet");
    await write(".gitignore", "secret\n");
    await write("app/secret", "1");
  });

  test("an error names the remedy without git", async () => {
    expect(await errorWith({ PATH: "" })).toBe(
      `${unknown()}the folder is in a git checkout, and there is no git on PATH; install git`,
    );
  });

  test("an error names the remedy for the checkout of another user", async () => {
    const environment = { PATH: process.env.PATH ?? "", GIT_TEST_ASSUME_DIFFERENT_OWNER: "1" };
    const ownership = `git: fatal: detected dubious ownership in repository at '${project}'`;
    const remedy = `run git config --global --add safe.directory ${project}`;
    expect(await errorWith({ ...environment, GIT_CONFIG_NOSYSTEM: "1" })).toBe(
      `${unknown()}${ownership}; ${remedy}`,
    );
  });

  test("an error has the words of git for a worktree whose repository is gone", async () => {
    await rm(path.join(project, ".git"), { recursive: true });
    await write(".git", "gitdir: /nowhere");
    await expect(archived("app")).rejects.toThrow(
      `${project}/app: its ignored files are unknown: git: fatal: not a git repository: /nowhere; ` +
        "correct what git ls-files reports there",
    );
  });
});

describe("anywhere", () => {
  test("without git the archive has all files", async () => {
    await write("app/a.py", "1");
    await write("app/deep/down/b.log", "2");
    await write("beside.txt", "3");
    const files = await archived("app");
    expect(files).toEqual({
      "a.py": expect.objectContaining({ content: "1" }),
      "deep/down/b.log": expect.objectContaining({ content: "2" }),
    });
  });

  test("each user may change its folders", async () => {
    await write("app/deep/down/a.log", "1");
    await write("app/deep/down/b.log", "2");
    const reader = extract();
    (await archiveFolder(project, "app")).pipe(reader);
    const entries: string[] = [];
    for await (const entry of reader) {
      entries.push(`${entry.header.mode?.toString(8)} ${entry.header.name}`);
      entry.resume();
    }
    expect(entries).toEqual(["777 deep", "777 deep/down", "666 deep/down/a.log", "666 deep/down/b.log"]);
  });

  test("links stay links and executables stay executable", async () => {
    await write("app/run.sh", "#!/bin/sh\n");
    await chmod(path.join(project, "app/run.sh"), 0o755);
    await write("app/plain.txt", "");
    await chmod(path.join(project, "app/plain.txt"), 0o644);
    await symlink("run.sh", path.join(project, "app/link"));
    await symlink("/nowhere", path.join(project, "app/dangling"));
    expect(await archived("app")).toEqual({
      dangling: { linkTo: "/nowhere" },
      link: { linkTo: "run.sh" },
      "plain.txt": { mode: 0o666, content: "" },
      "run.sh": { mode: 0o777, content: "#!/bin/sh\n" },
    });
  });

  test("a file larger than a pipe's buffer and a file with a long path are complete", async () => {
    const large = "x".repeat(3_000_000);
    const long = path.join(
      "app",
      ...Array.from({ length: 12 }, () => "a-folder-with-a-long-name"),
      "file.txt",
    );
    await write("app/large.bin", large);
    await write(long, "deep");
    const files = await archived("app");
    expect(files["large.bin"]?.content).toBe(large);
    expect(files[path.relative("app", long)]?.content).toBe("deep");
  });

  test("a file of more than 2 GiB is read in pieces", async () => {
    await write("app/a-first", "first");
    await write("app/large", "start");
    const size = 2 ** 31 + 7;
    await truncate(path.join(project, "app/large"), size);
    const content = await archiveFolder(project, "app");
    const reader = extract();
    content.pipe(reader);
    const sizes: (number | undefined)[] = [];
    for await (const entry of reader) {
      sizes.push(entry.header.size);
      const [part] = await once(entry, "data");
      expect(String(part)).toMatch(/^(?:first|start)/);
      if (sizes.length === 2) break;
      entry.resume();
    }
    content.destroy();
    expect(sizes).toEqual([5, size]);
  });

  test("a file that becomes shorter while it is read is an error that names it", async () => {
    await write("app/a-first", "a".repeat(5_000_000));
    await write("app/shorter", "b".repeat(1_000_000));
    const content = await archiveFolder(project, "app");
    await once(content, "readable");
    await truncate(path.join(project, "app/shorter"), 10);
    await expect(buffer(content)).rejects.toThrow(`${path.join(project, "app/shorter")}: cannot be copied: `);
  });

  test("an empty folder is an empty archive", async () => {
    await mkdir(path.join(project, "app"));
    expect(await archived("app")).toEqual({});
  });

  test.each(["missing", "file"])("an error names what is not a folder: %s", async (name) => {
    await write("file", "");
    const archive = archiveFolder(project, name);
    await expect(archive).rejects.toBeInstanceOf(ConfigurationError);
    await expect(archive).rejects.toThrow(`${name}: no such folder in ${project}; create it`);
  });
});
