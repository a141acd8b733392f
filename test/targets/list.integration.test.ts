import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { type ListProject, listProject } from "./list/list-project.ts";

let project: ListProject;

beforeEach(() => {
  project = listProject();
});

afterEach(() => project.remove());

test("prove finds that a list runs nothing, and that it leaves nothing", () => {
  const [proved] = project.run(["prove", "shop", "--target", "list", "--json"]);
  expect(proved?.exitCode).toBe(1);
  const [list, ...others] = JSON.parse(proved?.stdout ?? "").proved;
  expect(others).toEqual([]);
  expect(list).toMatchObject({ sandbox: "shop", target: "list" });
  const verdict = (place: string, behaviour: string) =>
    list.verdicts.find((one: Record<string, string>) => one.place === place && one.behaviour === behaviour);
  expect(verdict("shop.jobs.prove-ping", "readiness")).toMatchObject({
    result: "broken",
    seen: expect.stringMatching(/^does not begin, exit code 0: would run: /),
  });
  expect(verdict("shop.jobs.ping", "exitCode")).toMatchObject({ result: "kept" });
  expect(verdict("shop", "cleanUp")).toMatchObject({ result: "kept" });
});
