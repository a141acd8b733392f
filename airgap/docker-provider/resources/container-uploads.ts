import { readFile } from "node:fs/promises";
import type { ContainerInputs } from "./container-properties.ts";

/** A file to put into a container before it starts. */
export type Upload = NonNullable<ContainerInputs["uploads"]>[number];

/** An upload that cannot be made: the message names the file and what is missing. */
export class UploadImpossible extends Error {
  override readonly name = "UploadImpossible";
}

/**
 * A tar archive of `uploads` for the root of a container.
 *
 * @throws UploadImpossible when a source cannot be read, or an owner is unknown on this machine
 */
export async function uploadArchive(uploads: readonly Upload[]): Promise<Buffer> {
  const { pack } = await import("tar-stream");
  const archive = pack();
  for (const upload of uploads) {
    const content = await uploadContent(upload);
    archive.entry(
      {
        name: upload.file.replace(/^\/+/, ""),
        size: content.length,
        mode: uploadMode(upload),
        uid: await accountId(upload.owner, "/etc/passwd", upload.file),
        gid: await accountId(upload.group, "/etc/group", upload.file),
        mtime: new Date(0),
      },
      content,
    );
  }
  archive.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of archive) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** The permissions of an uploaded file: those given in octal, else 0744 when executable, else 0644. */
export function uploadMode({ permissions, executable }: Pick<Upload, "permissions" | "executable">): number {
  if (permissions) return Number.parseInt(permissions, 8);
  return executable ? 0o744 : 0o644;
}

async function uploadContent({ file, content, contentBase64, source }: Upload): Promise<Buffer> {
  if (content) return Buffer.from(content, "utf8");
  if (contentBase64) return Buffer.from(contentBase64, "base64");
  if (source === undefined) return Buffer.alloc(0);
  try {
    return await readFile(source);
  } catch (error) {
    throw new UploadImpossible(
      `cannot read ${source} to upload it as ${file}: ${error instanceof Error ? error.message : error}`,
    );
  }
}

/** A number as it is; a name by this machine's accounts, as @pulumi/docker documents it. */
async function accountId(account: string | undefined, accounts: string, file: string): Promise<number> {
  if (!account) return 0;
  if (/^\d+$/.test(account)) return Number(account);
  const lines = (await readFile(accounts, "utf8")).split("\n").map((line) => line.split(":"));
  const id = lines.find(([name]) => name === account)?.[2];
  if (id === undefined) {
    throw new UploadImpossible(
      `${accounts} of this machine has no "${account}", which is to own ${file}: use a number`,
    );
  }
  return Number(id);
}
