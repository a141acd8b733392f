import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { GITLAB_RUNNER_IMAGES } from "../../airgap/images/stand-ins.ts";
import { loadAirgap } from "../../src/setup/airgap.ts";
import { ImageUnavailable, images, standInFor } from "../../src/setup/provide-images.ts";
import { createProgress } from "../../src/terminal/progress.ts";

let cache: string;
let engine: Server;

/** The engine's answer to a pull. */
let pulls: { readonly status: number; readonly body: string };

/** A cache folder that records Docker Hub as unreachable, and a double of an engine without images. */
beforeEach(async () => {
  cache = mkdtempSync(join(tmpdir(), "nestbox-test-"));
  mkdirSync(join(cache, "reachable"));
  writeFileSync(join(cache, "reachable/docker-hub"), JSON.stringify({ answers: false, at: Date.now() }));
  pulls = { status: 500, body: '{ "message": "get https://registry-1.docker.io/v2/: no such host" }' };
  engine = createServer(({ url = "" }, answer) => {
    const isPull = url.startsWith("/images/create?");
    const { status, body } = isPull ? pulls : { status: 404, body: '{ "message": "no such image" }' };
    answer.writeHead(status).end(body);
  });
  await new Promise<void>((resolve) => engine.listen(0, "127.0.0.1", resolve));
});

afterEach(() => {
  engine.close();
  rmSync(cache, { recursive: true });
});

const airgap = loadAirgap(join(__dirname, "../.."), {});

function missing(name: string, withAirgap: boolean) {
  const host = `tcp://127.0.0.1:${(engine.address() as AddressInfo).port}`;
  const docker = { host, origin: "test", isChosen: true };
  return images([name], {
    airgap: withAirgap ? airgap : undefined,
    ...{ cache, environment: {} },
    engine: { docker, host, kind: "nestbox", version: "27.0.0" },
    progress: createProgress({ write: () => undefined }, {}),
    signal: new AbortController().signal,
  });
}

test("a stand-in replaces its own tag alone", () => {
  expect(standInFor("docker.io/redis:7-alpine", airgap)?.name).toBe("redis:7-alpine");
  expect(standInFor("redis:6-alpine", airgap)).toBeUndefined();
  expect(standInFor("registry.example/redis:7-alpine", airgap)).toBeUndefined();
  expect(standInFor("redis:7-alpine", undefined)).toBeUndefined();
});

test("the stand-in of gitlab-runner's helper is found in its registry", () => {
  expect(GITLAB_RUNNER_IMAGES.map((name) => standInFor(name, airgap)?.name)).toEqual(GITLAB_RUNNER_IMAGES);
});

test("an image without a stand-in is an error that lists the stand-ins", async () => {
  await expect(missing("redis:6-alpine", true)).rejects.toThrow(ImageUnavailable);
  await expect(missing("redis:6-alpine", true)).rejects.toThrow(
    /^Image redis:6-alpine: get .* no such host; check its name, .*there are: alpine:3.19, redis:7-alpine,/,
  );
});

test("without nestbox-airgap every missing image is an error that names the package", async () => {
  await expect(missing("redis:7-alpine", false)).rejects.toThrow(
    /^Image redis:7-alpine: get .* no such host; check its name, or load it .*\(the package nestbox-airgap /,
  );
});

test("an engine may reach a registry that this process does not", async () => {
  pulls = { status: 200, body: '{"status":"Pull complete"}\n' };
  expect(await missing("redis:6-alpine", false)).toEqual([{ name: "redis:6-alpine", kind: "pulled" }]);
});
