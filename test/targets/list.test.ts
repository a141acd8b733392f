import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { type ListProject, listProject } from "./list/list-project.ts";

/** The sandboxes without the shop. */
const BANK = `import { sandbox } from "../model/index.ts";
export default [sandbox("bank", { services: { vault: { image: "redis:7-alpine", ports: [6379] } } })];
`;

let project: ListProject;

beforeEach(() => {
  project = listProject();
});

afterEach(() => project.remove());

test("a target that is a folder and a line runs jobs, in a sandbox for the command alone", () => {
  const [ran, listed] = project.run(["run", "shop"], ["ls", "--json"]);
  expect(ran).toMatchObject({ exitCode: 0, stdout: "would run: redis-cli ping\n" });
  expect(ran?.stderr).toContain("✓ shop ping");
  expect(JSON.parse(listed?.stdout ?? "")).toEqual({ schema: 1, sandboxes: [] });
});

test("it keeps sandboxes up, and every verb works on them", () => {
  const [up, again, listed, env, ran, extended, found, down, left] = project.run(
    ["up", "shop"],
    ["up", "shop"],
    ["ls"],
    ["env", "shop"],
    ["run", "shop"],
    ["extend", "3d"],
    ["gc"],
    ["down"],
    ["ls"],
  );
  expect(up?.stderr).toMatch(/sandbox shop .*1 created/);
  expect(again?.stderr).not.toMatch(/created/);
  expect(listed?.stdout).toMatch(/^shop {2}.*ends in 8 h.*\n {2}cache {2}ready/);
  expect(listed?.stdout).not.toContain("bank");
  expect(env?.stdout).toBe("CACHE_HOST=list.example\nCACHE_PORT=6379\n");
  expect(ran?.stderr).toContain("sandbox shop: is up, so this runs in it");
  expect(extended?.stdout).toMatch(/ends in 3 days/);
  expect(found?.stdout).toBe("nothing to clean up\n");
  expect(down?.stderr).toContain("removed container cache");
  expect(left?.stdout).toBe("no sandboxes on this list\n");
  for (const one of [up, again, listed, env, ran, extended, found, down, left]) expect(one?.exitCode).toBe(0);
});

test("every verb answers with JSON", () => {
  const [up, env, ran, extended, down, unknown, misspelt] = project.run(
    ["up", "shop", "--json"],
    ["env", "shop", "--json"],
    ["run", "shop", "--json"],
    ["extend", "3d", "--json"],
    ["down", "--json"],
    ["up", "nope", "--json"],
    ["up", "--jsno", "--json"],
  );
  const answerOf = (end: typeof up) => JSON.parse(end?.stdout ?? "");
  expect(answerOf(up)).toMatchObject({
    ...{ schema: 1, sandboxes: [{ sandbox: "shop", services: [{ service: "cache", state: "ready" }] }] },
    next: ["npx nestbox env --json", "npx nestbox run shop --json", "npx nestbox down --json"],
  });
  const variables = { CACHE_HOST: "list.example", CACHE_PORT: "6379" };
  expect(answerOf(env)).toEqual({
    ...{ schema: 1, variables },
    services: [{ sandbox: "shop", service: "cache", variables }],
  });
  expect(answerOf(ran)).toEqual({
    ...{ schema: 1, exitCode: 0 },
    jobs: [{ sandbox: "shop", job: "ping", seconds: expect.any(Number) }],
  });
  expect(ran?.stderr).toContain("would run: redis-cli ping\n");
  expect(answerOf(extended)).toEqual({ schema: 1, ends: expect.stringMatching(/^\d{4}-.*Z$/) });
  expect(answerOf(down)).toEqual({ schema: 1, sandboxes: ["shop"], caches: [] });
  expect(unknown?.exitCode).toBe(2);
  expect(unknown?.stderr).toMatch(/^error /);
  expect(answerOf(unknown)).toMatchObject({ schema: 1, exitCode: 2, problems: [expect.any(Object)] });
  expect(answerOf(misspelt)).toMatchObject({ exitCode: 2, error: expect.stringContaining("--jsno") });
});

test("emit writes its files, and removes those of sandboxes that are no longer declared", () => {
  const [emitted, checked] = project.run(
    ["emit", "--target", "list"],
    ["emit", "--target", "list", "--check"],
  );
  expect(emitted).toMatchObject({
    exitCode: 0,
    stdout: "written  list/shop.txt\nwritten  list/bank.txt\n",
    stderr: expect.stringMatching(/\n {2}shop\.jobs\.ping\.timeout {2}list {2}no limit\n/),
  });
  expect(project.read("list/shop.txt")).toMatch(
    /^# Generated .* "shop"; .*\nwould start cache: redis:7-alpine\nwould run ping: redis-cli ping\n$/,
  );
  expect(checked).toMatchObject({ exitCode: 0, stdout: "2 files are up to date\n" });
  project.write("sandboxes/index.ts", BANK);
  const [again] = project.run(["emit", "--target", "list"]);
  expect(again?.stdout).toBe("removed  list/shop.txt\n1 file already up to date\n");
});

test("without --target, emit leaves it out, and other targets have files of their own", () => {
  const [emitted, compose] = project.run(
    ["emit", "bank"],
    ["emit", "bank", "--target", "compose", "--check"],
  );
  expect(emitted?.stdout).toBe("written  compose/bank.yaml\n");
  expect(compose?.stdout).toBe("1 file is up to date\n");
});

test("an end that is over: the next command removes the sandbox, and says so", () => {
  const [, listed] = project.run(["up", "shop", "--for", "1ms"], ["ls"]);
  expect(listed?.stderr).toContain("removed container cache, whose sandbox has ended");
  expect(listed?.stdout).toBe("no sandboxes on this list\n");
});
