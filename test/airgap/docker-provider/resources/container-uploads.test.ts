import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { extract, type Header } from "tar-stream";
import {
  type Upload,
  uploadArchive,
} from "../../../../airgap/docker-provider/resources/container-uploads.ts";

test("content, base64 and a file on this machine become files of the archive", async () => {
  const folder = mkdtempSync(join(tmpdir(), "uploads-"));
  writeFileSync(join(folder, "source"), Buffer.from([0, 255]));
  const files = await unpack([
    { file: "/etc/a.conf", content: "naïve $x\n" },
    { file: "/b", contentBase64: "AP8=", executable: true },
    { file: "/c", source: join(folder, "source"), permissions: "0600", owner: "1000", group: "root" },
    { file: "/empty", content: "" },
  ]);
  rmSync(folder, { recursive: true });
  expect(
    files.map(({ header: { name, mode, uid, gid }, content }) => [
      name,
      mode,
      uid,
      gid,
      content.toString("hex"),
    ]),
  ).toEqual([
    ["etc/a.conf", 0o644, 0, 0, Buffer.from("naïve $x\n").toString("hex")],
    ["b", 0o744, 0, 0, "00ff"],
    ["c", 0o600, 1000, 0, "00ff"],
    ["empty", 0o644, 0, 0, ""],
  ]);
});

test("a source that cannot be read is an error that names both ends", async () => {
  await expect(uploadArchive([{ file: "/c", source: "/nowhere/x" }])).rejects.toThrow(/\/nowhere\/x.*\/c/);
});

test("an owner that this machine does not know is an error that says to use a number", async () => {
  await expect(uploadArchive([{ file: "/c", content: "x", owner: "nobody-at-all" }])).rejects.toThrow(
    /nobody-at-all.*number/,
  );
});

async function unpack(uploads: readonly Upload[]): Promise<{ header: Header; content: Buffer }[]> {
  const files: { header: Header; content: Buffer }[] = [];
  const archive = extract();
  archive.end(await uploadArchive(uploads));
  for await (const entry of archive) {
    const chunks: Buffer[] = [];
    for await (const chunk of entry) chunks.push(chunk as Buffer);
    files.push({ header: entry.header, content: Buffer.concat(chunks) });
  }
  return files;
}
