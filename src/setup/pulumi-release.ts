import { createHash } from "node:crypto";
import { createWriteStream, mkdirSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { runChild } from "../machine/child-process.ts";
import type { Environment } from "../machine/environment.ts";
import { openDownload } from "../machine/public-host.ts";
import { ConfigurationError } from "../model/problem.ts";

/** A release of the Pulumi CLI to download. */
interface Release {
  /** Without a leading v. */
  readonly version: string;
  /** Where Pulumi publishes its releases. @default PULUMI_RELEASES */
  readonly releases?: string;
  /** An existing folder, which gets the archive and the unpacked programs. */
  readonly folder: string;
  readonly environment: Environment;
  readonly signal: AbortSignal;
}

/** The archives, and for each version a file with their SHA-256. */
const PULUMI_RELEASES = "https://get.pulumi.com/releases/sdk";

/**
 * Downloads a release of the Pulumi CLI and unpacks it. Returns the folder with its programs.
 * @throws ConfigurationError for an archive that has not the published checksum, before it is unpacked; the
 * error of a download that fails
 */
export async function downloadRelease(release: Release): Promise<string> {
  const { version, releases = PULUMI_RELEASES, folder, environment, signal } = release;
  const name = `pulumi-v${version}-${process.platform}-${process.arch}.tar.gz`;
  const checksums = `${releases}/pulumi-${version}-checksums.txt`;
  const published = await text(await openDownload(checksums, environment, signal));
  const expected = published
    .split("\n")
    .map((line) => line.trim().split(/\s+/))
    .find(([, file]) => file === name)?.[0];
  if (expected === undefined)
    throw new ConfigurationError(`${checksums}: has no checksum of ${name}; install the Pulumi CLI`);
  const archive = join(folder, name);
  const hash = createHash("sha256");
  await pipeline(
    await openDownload(`${releases}/${name}`, environment, signal),
    async function* (chunks: AsyncIterable<Buffer>) {
      for await (const chunk of chunks) {
        hash.update(chunk);
        yield chunk;
      }
    },
    createWriteStream(archive),
    { signal },
  );
  const actual = hash.digest("hex");
  if (actual !== expected) {
    throw new ConfigurationError(
      `${releases}/${name}: has the SHA-256 ${actual}, but ${checksums} says ${expected}; it was changed ` +
        "on its way: try again on another network, or install the Pulumi CLI",
    );
  }
  const unpacked = join(folder, "unpacked");
  mkdirSync(unpacked);
  await runChild({
    command: "tar",
    args: ["-x", "-z", "-o", "-f", archive, "-C", unpacked],
    ...{ environment, signal },
  });
  return join(unpacked, "pulumi");
}
