import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { build, plan, sandbox } from "nestbox";
import { nameBuilds } from "../../src/images/name-builds.ts";

let project: string;

beforeEach(() => {
  project = mkdtempSync(path.join(tmpdir(), "nestbox-builds-"));
  write("api/Dockerfile", "FROM alpine:3.19\nCOPY . /app\n");
  write("api/main.py", "print(1)\n");
});

afterEach(() => rmSync(project, { recursive: true }));

function write(name: string, content: string) {
  const file = path.join(project, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, content);
}

function planned(image = build("api")) {
  return plan(sandbox("shop", { services: { api: { image, ports: [8080] } } }));
}

function named(image = build("api")) {
  const [found] = nameBuilds([planned(image)], project);
  return found?.builds[0]?.image ?? "";
}

describe("the name of a built image", () => {
  test("is a name of no registry, with a tag of the content", () => {
    expect(named()).toMatch(/^localhost\/nestbox\/api:[0-9a-f]{16}$/);
  });

  test("is that of the containers", () => {
    const image = build("./api/");
    const declared = sandbox("shop", {
      services: { api: { image, ports: [8080] } },
      jobs: { tests: { image, script: ["true"] } },
    });
    const [found] = nameBuilds([plan(declared)], project);
    expect(found?.builds).toHaveLength(1);
    expect(found?.images).toEqual([]);
    const [{ image: name = "" } = {}] = found?.builds ?? [];
    expect(found?.services[0]?.image).toBe(name);
    expect(found?.jobs[0]?.image).toBe(name);
  });

  test("stays with the content, and when it is given twice", () => {
    const [once] = nameBuilds([planned()], project);
    const [twice] = nameBuilds(once === undefined ? [] : [once], project);
    expect(twice).toEqual(once);
  });

  test("is the same for two sandboxes, and for two sources of layers", () => {
    expect(named(build({ context: "api", cacheFrom: ["registry.example.com/api:main"] }))).toBe(named());
  });

  const changes: readonly (readonly [string, () => void])[] = [
    ["a file", () => write("api/main.py", "print(2)\n")],
    ["the name of a file", () => write("api/other.py", "")],
    ["the Dockerfile", () => write("api/Dockerfile", "FROM alpine:3.19\n")],
    ["whether a file is executable", () => chmodSync(path.join(project, "api/main.py"), 0o755)],
    ["the target of a link", () => symlinkSync("main.py", path.join(project, "api/link"))],
  ];
  test.each(changes)("changes with %s", (_, change) => {
    const before = named();
    change();
    expect(named()).not.toBe(before);
  });

  test("changes with arguments and stages", () => {
    const of = [
      named(),
      named(build({ context: "api", args: { VERSION: "1" } })),
      named(build({ context: "api", target: "tests" })),
      named(build({ context: "api", platform: "linux/arm64" })),
    ];
    expect(new Set(of).size).toBe(of.length);
  });

  test("does not change with what .dockerignore leaves out", () => {
    write("api/.dockerignore", "# packages\nnode_modules\n**/*.log\n!keep.log\n");
    const before = named();
    write("api/node_modules/a/index.js", "1");
    write("api/deep/er.log", "1");
    expect(named()).toBe(before);
    write("api/keep.log", "1");
    expect(named()).not.toBe(before);
  });

  test("follows the ignored files of its Dockerfile", () => {
    write("api/.dockerignore", "data\n");
    write("api/Dockerfile.dockerignore", "other\n");
    const before = named();
    write("api/other", "1");
    expect(named()).toBe(before);
    write("api/data", "1");
    expect(named()).not.toBe(before);
  });
});

describe("a build without its files", () => {
  test("names the property and the folder", () => {
    expect(() => named(build("web"))).toThrow(
      `shop.services.api.image: ${project}/web: no such folder; correct the context of the build`,
    );
  });

  test("names the Dockerfile", () => {
    expect(() => named(build({ context: "api", dockerfile: "Other" }))).toThrow(
      `${project}/api/Other: no such file; create it, or set dockerfile of the build`,
    );
  });

  test("is refused for a link out of the project", () => {
    symlinkSync("/etc", path.join(project, "web"));
    expect(() => named(build("web"))).toThrow("is a link to /etc, which is outside the project");
  });

  test("names what makes its context too large", () => {
    write("api/data/dump.sql", "");
    truncateSync(path.join(project, "api/data/dump.sql"), 1024 ** 3 + 1);
    expect(() => named()).toThrow(
      "api: is too large for a build, which takes 1 GiB: data (1025 MiB), Dockerfile (1 MiB), " +
        "main.py (1 MiB); leave out what no image needs, in its .dockerignore",
    );
  });
});
