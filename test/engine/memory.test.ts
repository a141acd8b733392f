import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server, type ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { readMemory } from "../../engine/memory.ts";
import type { DockerHost } from "../../machine/docker/host.ts";

let folder: string;
let server: Server;
let engine: DockerHost;
/** Questions that the double has not answered yet. */
let open: { readonly id: string; readonly response: ServerResponse }[];
let most: number;

/** A double of an engine that answers a question about memory only once no other comes by itself. */
beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "nestbox-memory-"));
  open = [];
  most = 0;
  let count = 0;
  server = createServer((request, response) => {
    const [, id = ""] = /^\/containers\/(\w+)\/stats/.exec(request.url ?? "") ?? [];
    open.push({ id, response });
    most = Math.max(most, open.length);
    const seen = ++count;
    setImmediate(function look() {
      if (seen !== count) return;
      for (const one of open.splice(0)) answer(one.id, one.response);
    });
  });
  const socket = path.join(folder, "docker.sock");
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  engine = { host: `unix://${socket}`, origin: "the test", isChosen: true };
});

afterEach(() => {
  server.close();
  rmSync(folder, { recursive: true });
});

function answer(id: string, response: ServerResponse): void {
  if (id === "gone") response.writeHead(404).end(JSON.stringify({ message: "No such container: gone" }));
  else response.end(JSON.stringify({ memory_stats: { usage: 100, stats: { inactive_file: 40 } } }));
}

test("hundreds of containers are asked about a few at a time, and each once", async () => {
  const ids = Array.from({ length: 200 }, (_, index) => `c${index}`);
  const memory = await readMemory(engine, [...ids, "gone"]);
  expect([...memory.keys()].sort()).toEqual([...ids].sort());
  expect(new Set(memory.values())).toEqual(new Set([60]));
  expect(most).toBeGreaterThan(1);
  expect(most).toBeLessThanOrEqual(8);
});

test("of none nobody asks", async () => {
  expect(await readMemory(engine, [])).toEqual(new Map());
  expect(most).toBe(0);
});
