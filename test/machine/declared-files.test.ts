import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { archiveFolder } from "../../src/machine/archive-folder.ts";
import { declaredFiles } from "../../src/machine/declared-files.ts";
import { ConfigurationError } from "../../src/model/problem.ts";

let outside: string;
let project: string;

beforeEach(() => {
  outside = mkdtempSync(path.join(tmpdir(), "declared-files-"));
  project = path.join(outside, "project");
  mkdirSync(path.join(project, "app"), { recursive: true });
  writeFileSync(path.join(project, "app/main.py"), "1");
  mkdirSync(path.join(outside, "beside"));
  writeFileSync(path.join(outside, "beside/secret"), "1");
});

afterEach(() => rmSync(outside, { recursive: true }));

const at = (name: string) => path.join(project, name);

function ofService(declared: string) {
  return declaredFiles(project, declared, "cache").map(({ file, relative }) => [file, relative]);
}

/** What a service and a job report about a path that neither of them may copy. */
async function problemsOf(declared: string): Promise<readonly unknown[]> {
  const ofJob = archiveFolder(project, declared).catch((error: unknown) => error);
  let problem: unknown;
  try {
    declaredFiles(project, declared, "cache");
  } catch (error) {
    problem = error;
  }
  return [problem, await ofJob];
}

function refused(file: string, reason: string): readonly unknown[] {
  const error = new ConfigurationError(`${at(file)}: ${reason}`);
  return [error, error];
}

describe("links are followed before a path is judged", () => {
  test("a link within the project is what it leads to", async () => {
    symlinkSync("app", at("link"));
    expect(ofService("link")).toEqual([[at("app/main.py"), "main.py"]]);
    expect((await text(await archiveFolder(project, "link"))).includes("main.py")).toBe(true);
  });

  test("the project itself may be behind a link", () => {
    symlinkSync("project", path.join(outside, "link"));
    expect(declaredFiles(path.join(outside, "link"), "app", "cache")).toHaveLength(1);
  });

  test.each([
    ["link", "../beside", "beside"],
    ["link/beside", "..", "beside"],
  ])("%s by %s leaves the project", async (declared, target, found) => {
    symlinkSync(target, at("link"));
    const remedy = "which is outside the project; copy that into the project";
    const reason = `is a link to ${path.join(outside, found)}, ${remedy}`;
    expect(await problemsOf(declared)).toEqual(refused(declared, reason));
  });

  test("a file behind a link leaves the project, too", () => {
    symlinkSync("..", at("link"));
    expect(() => ofService("link/beside/secret")).toThrow(ConfigurationError);
  });

  test("a link to itself", async () => {
    symlinkSync("link", at("link"));
    expect(await problemsOf("link")).toEqual(refused("link", "is a link to itself; correct it"));
  });
});

describe("what cannot be copied is named", () => {
  const SPECIAL = "which cannot be copied; remove it, or move it away";

  test("a FIFO", async () => {
    execFileSync("sh", ["-c", 'mkfifo "$0"', at("app/pipe")]);
    expect(await problemsOf("app")).toEqual(refused("app/pipe", `is a FIFO, ${SPECIAL}`));
    expect(() => ofService("app/pipe")).toThrow(`${at("app/pipe")}: is a FIFO, ${SPECIAL}`);
  });

  test("a socket", async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(at("app/socket"), resolve));
    expect(await problemsOf("app")).toEqual(refused("app/socket", `is a socket, ${SPECIAL}`));
    await new Promise((resolve) => server.close(resolve));
  });

  test.each(["file", "folder"])("a %s whose name is not UTF-8", async (kind) => {
    const name = Buffer.from([...Buffer.from(at("app/caf")), 0xe9]);
    if (kind === "file") writeFileSync(name, "");
    else mkdirSync(name);
    const reason = "has a name that is not UTF-8; rename it";
    expect(await problemsOf("app")).toEqual(refused("app/caf\uFFFD", reason));
  });

  test("a tracked file whose name is not UTF-8", async () => {
    execFileSync("git", ["init", "--quiet"], { cwd: project });
    writeFileSync(Buffer.from([...Buffer.from(at("app/caf")), 0xe9]), "");
    await expect(archiveFolder(project, "app")).rejects.toThrow("has a name that is not UTF-8; rename it");
  });
});
