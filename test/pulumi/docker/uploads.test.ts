import { chmod, mkdir, mkdtemp, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { sandbox } from "../../../src/model/declaration/sandbox.ts";
import type { FileSource } from "../../../src/model/file-source.ts";
import { plan as planOf } from "../../../src/model/plan/plan-sandbox.ts";
import { ConfigurationError } from "../../../src/model/problem.ts";
import { uploadsOf } from "../../../src/pulumi/docker/uploads.ts";
import { bindSecrets } from "../../../src/pulumi/sandbox/secrets.ts";
import { objectsOf } from "../../docker/lowering/placed.ts";

let project: string;

beforeEach(async () => {
  project = await mkdtemp(path.join(tmpdir(), "uploads-"));
});

afterEach(async () => {
  await rm(project, { recursive: true });
});

function uploads(files: Readonly<Record<string, FileSource>>) {
  const declared = sandbox("shop", { services: { web: { image: "example/web:1", files } } });
  const [service] = planOf(declared).services;
  if (!service) throw new Error("no service");
  return uploadsOf(service, project, bindSecrets({}));
}

function base64(content: string | Buffer): string {
  return Buffer.from(content).toString("base64");
}

test("a declared content is uploaded as text", () => {
  expect(uploads({ "/etc/motd": { content: "wel\ncome $HOME\n" } })).toEqual([
    { file: "/etc/motd", content: "wel\ncome $HOME\n", permissions: "0444" },
  ]);
});

test("a project file is uploaded as bytes, read-only, and executable like its source", async () => {
  await writeFile(path.join(project, "data.bin"), Buffer.from([0, 255, 10]), { mode: 0o600 });
  await writeFile(path.join(project, "run.sh"), "#!/bin/sh\n");
  await chmod(path.join(project, "run.sh"), 0o755);
  expect(uploads({ "/data": { path: "data.bin" }, "/run.sh": { path: "run.sh" } })).toEqual([
    { file: "/data", contentBase64: base64(Buffer.from([0, 255, 10])), permissions: "0444" },
    { file: "/run.sh", contentBase64: base64("#!/bin/sh\n"), permissions: "0555" },
  ]);
});

test("a folder is uploaded with all its files, sorted, without the project's path", async () => {
  await mkdir(path.join(project, "conf/d"), { recursive: true });
  await writeFile(path.join(project, "conf/z.conf"), "z");
  await writeFile(path.join(project, "conf/d/a.conf"), "a");
  const uploaded = uploads({ "/etc/app": { path: "conf" } });
  expect(uploaded).toEqual([
    { file: "/etc/app/d/a.conf", contentBase64: base64("a"), permissions: "0444" },
    { file: "/etc/app/z.conf", contentBase64: base64("z"), permissions: "0444" },
  ]);
  expect(JSON.stringify(uploaded)).not.toContain(project);
});

test("a file of the machine is uploaded by path, with a hash of its content", async () => {
  const certificates = path.join(project, "ca.pem");
  const declared = sandbox("nested", {
    services: { docker: { image: "docker:dind", privileged: true, dockerDaemon: { tls: false } } },
  });
  const hashes = [];
  for (const content of ["one", "two"]) {
    await writeFile(certificates, content);
    const [service] = objectsOf(declared, { network: { certificates } }).services;
    if (!service) throw new Error("no service");
    const [upload] = uploadsOf(service, "/nowhere", bindSecrets({}));
    expect(upload).toMatchObject({ source: certificates, permissions: "0444" });
    expect(JSON.stringify(upload)).not.toContain(base64(content));
    hashes.push(upload?.sourceHash);
  }
  expect(new Set(hashes).size).toBe(2);
});

test("a file that is too large for the state is named, and not read", async () => {
  await writeFile(path.join(project, "dump.sql"), "");
  await truncate(path.join(project, "dump.sql"), 2 ** 31 + 7);
  expect(() => uploads({ "/seed/": { path: "dump.sql" } })).toThrow(
    new ConfigurationError(
      `${path.join(project, "dump.sql")}: has more than 256 MiB, too large for the state of a stack; ` +
        'remove it from the files of "web", or use an image that contains it',
    ),
  );
});

test("a file that is not there is named, with who needs it", () => {
  const make = () => uploads({ "/etc/app": { path: "missing.conf" } });
  expect(make).toThrow(ConfigurationError);
  expect(make).toThrow(
    `${path.join(project, "missing.conf")}: no such file; create it, or remove it from the files of "web"`,
  );
});
