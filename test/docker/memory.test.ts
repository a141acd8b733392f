import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { engineVersion } from "../../src/docker/api.ts";
import type { DockerHost } from "../../src/docker/host.ts";
import { readMemory } from "../../src/docker/memory.ts";
import { eventually } from "../eventually.ts";

let folder: string;
let server: Server;
let engine: DockerHost;
/** The answers that the double withholds; undefined once it answers at once. */
let held: (() => void)[] | undefined;
let asked: number;

/** A double of an engine that withholds its answers about memory until they are released. */
beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "nestbox-memory-"));
  held = [];
  asked = 0;
  server = createServer(({ url = "" }, response) => {
    const [, id] = /^\/containers\/(\w+)\/stats/.exec(url) ?? [];
    if (id === undefined) return response.end(JSON.stringify({ Version: "1" }));
    asked += 1;
    const answer = () => {
      if (id === "gone") response.writeHead(404).end(JSON.stringify({ message: "No such container" }));
      else response.end(JSON.stringify({ memory_stats: { usage: 100, stats: { inactive_file: 40 } } }));
    };
    if (held === undefined) answer();
    else held.push(answer);
  });
  const socket = path.join(folder, "docker.sock");
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  engine = { host: `unix://${socket}`, origin: "the test", isChosen: true };
});

afterEach(() => {
  letGo();
  server.close();
  rmSync(folder, { recursive: true });
});

function letGo(): void {
  const answers = held ?? [];
  held = undefined;
  for (const answer of answers) answer();
}

test("hundreds of containers are read a few at a time, and each once", async () => {
  const ids = Array.from({ length: 200 }, (_, index) => `c${index}`);
  const memory = readMemory(engine, [...ids, "gone"]);
  await eventually(() => expect(asked).toBeGreaterThanOrEqual(8), { within: "10s" });
  // All earlier requests have arrived by then.
  for (let round = 0; round < 3; round++) expect(await engineVersion(engine, 60_000)).toBe("Docker 1");
  expect(asked).toBe(8);
  letGo();
  const used = await memory;
  expect([...used.keys()].sort()).toEqual([...ids].sort());
  expect(new Set(used.values())).toEqual(new Set([60]));
  expect(asked).toBe(201);
});

test("without containers there is no request", async () => {
  expect(await readMemory(engine, [])).toEqual(new Map());
  expect(asked).toBe(0);
});
