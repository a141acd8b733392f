import { randomBytes } from "node:crypto";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { askDocker } from "../../src/docker/api.ts";
import { engineHost } from "../../src/docker/engine-host.ts";
import { requireShared, requireSharedAhead } from "../../src/docker/mounted-folders.ts";
import { startWithLease } from "../../src/docker/place/start-with-lease.ts";
import { removeContainer } from "../../src/docker/remove-container.ts";
import { sandbox } from "../../src/model/declaration/sandbox.ts";
import { plan } from "../../src/model/plan/plan-sandbox.ts";
import { DEFAULT_POOL } from "../../src/model/subnets.ts";
import { eventually } from "../eventually.ts";

const IMAGE = "alpine:3.19";
const project = realpathSync(mkdtempSync(path.join(tmpdir(), "mounted-folders-")));
const source = path.join(project, "src");
const engine = engineHost(process.env);

beforeAll(() => {
  mkdirSync(source);
  writeFileSync(path.join(source, "page"), "first");
});

afterAll(() => rmSync(project, { recursive: true, force: true }));

const echo = plan(
  sandbox("echo", {
    services: {
      web: {
        image: IMAGE,
        // As this process's user, so that what it writes can be removed.
        user: `${process.getuid?.() ?? 0}`,
        files: { "/srv": { path: "src", mount: "read-write" } },
        command: ["sh", "-c", "while sleep 0.05; do cp /srv/page /srv/served; done"],
      },
    },
  }),
);

test("what is edited here is seen in the service, and what it writes is in the project", async () => {
  const started = await startWithLease({
    ...{ engine, project: "mounted-folders-test", projectFolder: project },
    ...{ subnetPool: DEFAULT_POOL, privilegedImages: [], network: {}, environment: {} },
    ...{ plan: echo, secrets: {}, signal: new AbortController().signal },
  });
  try {
    const served = (content: string) => async () =>
      expect(readFileSync(path.join(source, "served"), "utf8")).toBe(content);
    await eventually(served("first"), { within: "20s" });
    writeFileSync(path.join(source, "page"), "second");
    await eventually(served("second"), { within: "20s" });
  } finally {
    await started.remove();
  }
  expect(readdirSync(source).sort()).toEqual(["page", "served"]);
});

test("a folder of another machine at the same path is refused, and nothing is left", async () => {
  const elsewhere = path.join(project, "elsewhere");
  mkdirSync(elsewhere);
  // The container has another folder than the one that this machine would have at the path.
  const body = {
    Image: IMAGE,
    HostConfig: { Mounts: [{ Type: "bind", Source: elsewhere, Target: "/srv" }] },
  };
  const request = { method: "POST", body } as const;
  const { Id: id } = await askDocker<{ Id: string }>(engine, "/containers/create", request);
  const mounted = [{ declared: "src", source, target: "/srv" }];
  try {
    await expect(requireShared(engine, id, mounted)).rejects.toThrow(
      "is not on the machine of the engine at",
    );
    expect(readdirSync(source).filter((name) => name.startsWith(".nestbox"))).toEqual([]);
  } finally {
    await removeContainer(engine, id);
  }
});

test("ahead of a container of others, a missing folder is refused", async () => {
  const label = `mounted-folders-${randomBytes(4).toString("hex")}`;
  const check = (folder: string) =>
    requireSharedAhead(engine, {
      ...{ image: IMAGE, labels: { [label]: "" } },
      mounted: [{ declared: "src", source: folder, target: "/srv" }],
    });
  await check(source);
  await expect(check("/nestbox-nowhere")).rejects.toThrow("/nestbox-nowhere: is not on the machine");
  const filters = encodeURIComponent(JSON.stringify({ label: [label] }));
  expect(await askDocker(engine, `/containers/json?all=1&filters=${filters}`)).toEqual([]);
});
