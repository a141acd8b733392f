import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import { expect, test } from "@jest/globals";
import { timedCommands } from "../../../src/sandbox/jobs/timed-commands.ts";
import type { Span } from "../../../src/timings/timings.ts";

/** The steps of a job with an output in parts, and the output that goes on. */
async function stepsOf(
  commands: { readonly before?: readonly string[]; readonly script: readonly string[] },
  ...output: readonly string[]
) {
  const spans: Span[] = [];
  const copied = new PassThrough();
  const job = { key: "tests", before: [], ...commands };
  const { stdout, commandsEnded } = timedCommands(job, copied, { add: (span) => spans.push(span) });
  for (const part of output) stdout.write(part);
  commandsEnded();
  commandsEnded();
  copied.end();
  return { spans, steps: spans.map(({ step }) => step), copied: await text(copied) };
}

test("the commands before a script and the script are a span each", async () => {
  const job = { before: ["npm ci", "npm run build"], script: ["npm test"] };
  const { spans, copied } = await stepsOf(
    job,
    ...["$ npm ci\nadded 1\n$ npm run bu", "ild\n", "$ npm test\nok\n"],
  );
  expect(spans).toMatchObject([
    { part: "job tests", step: "before", after: [] },
    { part: "job tests", step: "script", after: [] },
  ]);
  expect(spans[0]?.end).toBe(spans[1]?.start);
  expect(copied).toBe("$ npm ci\nadded 1\n$ npm run build\n$ npm test\nok\n");
});

test("equal commands are told apart by their order", async () => {
  const job = { before: ["make", "make"], script: ["make"] };
  expect((await stepsOf(job, "$ make\n$ make\n")).steps).toEqual(["before"]);
  expect((await stepsOf(job, "$ make\n$ make\n$ make\n")).steps).toEqual(["before", "script"]);
});

test("a script alone is one span, and a command of several lines begins with its first", async () => {
  const job = { script: ["if true\nthen echo yes\nfi"] };
  expect((await stepsOf(job, "$ if true\nthen echo yes\nfi\nyes\n")).steps).toEqual(["script"]);
});

test("a job that fails early has no later steps", async () => {
  expect((await stepsOf({ before: ["false"], script: ["true"] }, "$ false\n")).steps).toEqual(["before"]);
  expect((await stepsOf({ script: ["true"] })).steps).toEqual([]);
});
