import { execFile } from "node:child_process";
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
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
  reader.end(await archiveFolder(project, folder));
  const files: Record<string, ArchivedFile> = {};
  for await (const entry of reader) {
    const { name, type, mode, linkname } = entry.header;
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
    reader.end(await archiveFolder(project, "app"));
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
      "plain.txt": { mode: 0o644, content: "" },
      "run.sh": { mode: 0o755, content: "#!/bin/sh\n" },
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
