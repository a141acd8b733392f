import { expect, test } from "@jest/globals";
import { errorAnswer } from "../../../src/cli/answers/error-answer.ts";

const problemsOf = (message: string) => errorAnswer(message, 2).problems;

test("an error has its exit code, its whole text, and the parts of each problem", () => {
  const message = 'Pulumi.ci.yaml: config is no mapping; write "a: b"\nshop.jobs: is empty; declare one';
  expect(errorAnswer(message, 2)).toEqual({
    exitCode: 2,
    error: message,
    problems: [
      { place: "Pulumi.ci.yaml", cause: "config is no mapping", remedy: 'write "a: b"' },
      { place: "shop.jobs", cause: "is empty", remedy: "declare one" },
    ],
  });
});

test("the place ends at the first colon, the remedy begins after the last semicolon", () => {
  expect(problemsOf("shop: the engine says: no; it is full; remove images")).toEqual([
    { place: "shop", cause: "the engine says: no; it is full", remedy: "remove images" },
  ]);
});

test("a text without place or remedy is the cause", () => {
  expect(problemsOf("unknown option '--stack'")).toEqual([{ cause: "unknown option '--stack'" }]);
  expect(problemsOf("the engine at tcp://docker:2376 needs TLS; set DOCKER_TLS_VERIFY=1")).toEqual([
    { cause: "the engine at tcp://docker:2376 needs TLS", remedy: "set DOCKER_TLS_VERIFY=1" },
  ]);
});

test("lines that continue one belong to its cause", () => {
  expect(problemsOf("shop.services.api: never was ready; see its output:\n  one: 1\nplain")).toEqual([
    { place: "shop.services.api", cause: "never was ready\n  one: 1\nplain", remedy: "see its output:" },
  ]);
});
