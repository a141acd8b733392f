import { mkdirSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, describe, expect, test } from "@jest/globals";
import { DockerRefused } from "../../src/docker/api.ts";
import { explainMounts, mountedFoldersOf, mountedFoldersOn } from "../../src/docker/mounted-folders.ts";
import { sandbox } from "../../src/model/declaration/sandbox.ts";
import type { ServiceDefinition } from "../../src/model/declaration/service.ts";
import { plan } from "../../src/model/plan/plan-sandbox.ts";
import { objectsOf } from "./lowering/placed.ts";

const project = realpathSync(mkdtempSync(path.join(tmpdir(), "mounted-folders-")));
const SOURCE = path.join(project, "src");
mkdirSync(SOURCE);

afterAll(() => rmSync(project, { recursive: true }));

const web = sandbox("shop", {
  volumes: ["modules"],
  services: {
    web: {
      image: "example/web:1",
      volumes: { "/srv/node_modules": "modules" },
      files: { "/srv": { path: "src", mount: "read-write" }, "/etc/web.conf": { content: "" } },
    },
  },
});

function engineAt(host: string) {
  return { host, origin: "DOCKER_HOST", isChosen: true };
}

test("a folder becomes a mount of the host, and is not copied", () => {
  const { mountedFolders = {} } = mountedFoldersOf(plan(web), project);
  const [service] = objectsOf(web, { mountedFolders }).services;
  expect(service?.body.HostConfig.Mounts).toEqual([
    { Type: "volume", Source: "dev_shop_modules", Target: "/srv/node_modules", ReadOnly: false },
    { Type: "bind", Source: SOURCE, Target: "/srv", ReadOnly: false },
  ]);
  expect(service?.files).toEqual([{ target: "/etc/web.conf", source: { content: "" } }]);
  expect(service?.mounted).toEqual([{ declared: "src", source: SOURCE, target: "/srv" }]);
});

describe("the engine must have this machine's files", () => {
  test.each(["ssh://user@machine", "tcp://docker:2375"])("%s does not", (host) => {
    expect(() => mountedFoldersOn(engineAt(host), plan(web), project)).toThrow(
      `${SOURCE}: is not on the machine of the engine at ${host}, so that no service there can mount it; ` +
        'remove `mount` from the file "src" to copy it, or use an engine of this machine',
    );
  });

  test("an engine of this machine may", () => {
    const engine = engineAt("unix:///run/docker.sock");
    expect(mountedFoldersOn(engine, plan(web), project)).toEqual({ mountedFolders: { src: SOURCE } });
  });

  test("a folder with the engine's socket is refused", () => {
    const engine = engineAt(`unix://${SOURCE}/run/docker.sock`);
    expect(() => mountedFoldersOn(engine, plan(web), project)).toThrow(
      `${SOURCE}: has the engine's socket ${SOURCE}/run/docker.sock in it`,
    );
  });

  test.each([
    `invalid mount config for type "bind": bind source path does not exist: ${SOURCE}`,
    `Mounts denied: the path ${SOURCE} is not shared from the host`,
    `statfs ${SOURCE}: no such file or directory`,
  ])("%s", (message) => {
    const mounted = [{ declared: "src", source: SOURCE, target: "/srv" }];
    const explained = explainMounts(
      new DockerRefused(400, message),
      engineAt("unix:///run/docker.sock"),
      mounted,
    );
    expect(String(explained)).toContain("is not on the machine of the engine");
  });
});

describe("the declaration", () => {
  const declare = (files: object) => () =>
    plan(
      sandbox("shop", {
        services: { web: { image: "web", files: files as NonNullable<ServiceDefinition["files"]> } },
      }),
    );

  test.each([
    [{ "/srv": { path: "../src", mount: "read-write" } }, '"../src" is outside the project'],
    [{ "/srv": { path: "src", mount: "rw" } }, '.mount: "rw" is none of read-write'],
    [{ "/srv": { content: "", mount: "read-write" } }, ".mount: is not a property of a file's content"],
    [{ "/run": { path: "src", mount: "read-write" } }, "would hold /run/nestbox/, which is"],
    [
      { "/srv": { path: "src", mount: "read-write" }, "/srv/a": { content: "" } },
      'would be copied into the project, by the mount of "src"',
    ],
  ])("%j", (files, message) => {
    expect(declare(files)).toThrow(message);
  });
});
