import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { ConfigurationError } from "../../src/model/problem.ts";
import { downloadCli } from "../../src/setup/pulumi-cli.ts";
import type { Progress } from "../../src/terminal/progress.ts";

const VERSION = "3.259.0";
const ARCHIVE = `pulumi-v${VERSION}-${process.platform}-${process.arch}.tar.gz`;
const CHECKSUMS = `pulumi-${VERSION}-checksums.txt`;

let folder: string;
let cache: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "nestbox-release-"));
  cache = join(folder, "cache");
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** An archive as Pulumi's: programs in the folder `pulumi`. */
function archive(): Buffer {
  mkdirSync(join(folder, "pulumi"));
  writeFileSync(join(folder, "pulumi/pulumi"), "#!/bin/sh\n", { mode: 0o755 });
  writeFileSync(join(folder, "pulumi/pulumi-language-nodejs"), "#!/bin/sh\n", { mode: 0o755 });
  execFileSync("tar", ["-czf", join(folder, "archive"), "-C", folder, "pulumi"]);
  return readFileSync(join(folder, "archive"));
}

/** What the CLI's download makes of these files. The server is a double of get.pulumi.com/releases/sdk. */
async function download(files: Readonly<Record<string, string | Buffer>>) {
  const server = createServer(({ url = "" }, answer) => {
    const file = files[url.slice(1)];
    answer.statusCode = file === undefined ? 404 : 200;
    answer.end(file);
  }).listen(0, "127.0.0.1");
  await new Promise((listening) => server.once("listening", listening));
  const { port } = server.address() as AddressInfo;
  const { signal } = new AbortController();
  const step = { detail: () => {}, result: () => {} };
  const progress = { step: (_: string, work: (one: typeof step) => unknown) => work(step) };
  try {
    return await downloadCli(
      { cache, version: VERSION, environment: { PATH: process.env.PATH ?? "" }, signal },
      progress as unknown as Progress,
      `http://127.0.0.1:${port}`,
    );
  } finally {
    server.close();
  }
}

function sumOf(content: Buffer): string {
  return createHash("sha256").update(content).digest("hex");
}

test("an archive with the published checksum is unpacked into the cache", async () => {
  const content = archive();
  const checksums = `${"0".repeat(64)}  pulumi-v${VERSION}-windows-x64.zip\n${sumOf(content)}  ${ARCHIVE}\n`;
  const cli = await download({ [ARCHIVE]: content, [CHECKSUMS]: checksums });
  const programs = join(cache, "pulumi", `v${VERSION}-download`, "bin");
  expect(cli).toEqual({ command: join(programs, "pulumi"), version: VERSION, kind: "download" });
  expect(readdirSync(programs).sort()).toEqual(["pulumi", "pulumi-language-nodejs"]);
  expect(readdirSync(join(cache, "pulumi"))).toEqual([`v${VERSION}-download`]);
});

test("an archive with another checksum is an error that names both, and leaves nothing", async () => {
  const content = archive();
  const published = "1".repeat(64);
  const failed = download({ [ARCHIVE]: content, [CHECKSUMS]: `${published}  ${ARCHIVE}\n` });
  await expect(failed).rejects.toThrow(ConfigurationError);
  await expect(failed).rejects.toThrow(published);
  await expect(failed).rejects.toThrow(sumOf(content));
  expect(readdirSync(join(cache, "pulumi"))).toEqual([]);
});

test("an archive without a published checksum is refused", async () => {
  const failed = download({ [ARCHIVE]: archive(), [CHECKSUMS]: "" });
  await expect(failed).rejects.toThrow(`has no checksum of ${ARCHIVE}; install the Pulumi CLI`);
  expect(readdirSync(join(cache, "pulumi"))).toEqual([]);
});

test.each([
  ["no checksums", []],
  ["no archive", [CHECKSUMS]],
] as const)("%s: the CLI is not downloaded", async (_, files) => {
  expect(
    await download(Object.fromEntries(files.map((name) => [name, `${"0".repeat(64)}  ${ARCHIVE}\n`]))),
  ).toBe(undefined);
  expect(readdirSync(join(cache, "pulumi"))).toEqual([]);
});
