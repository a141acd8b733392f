import { expect, test } from "@jest/globals";
import {
  changedProperties,
  inputProblems,
  inputsAsSeen,
  withChange,
} from "../../../airgap/docker-provider/property-table.ts";
import { unknownValue } from "../../../airgap/docker-provider/property-values.ts";
import { containerProperties } from "../../../airgap/docker-provider/resources/container-properties.ts";

const before = {
  image: "sha256:1",
  envs: ["A=1", "B=2"],
  memory: 64,
  healthcheck: { tests: ["CMD", "true"] },
};

test.each([
  ["nothing", {}, []],
  ["another order of a set", { envs: ["B=2", "A=1"] }, []],
  ["a default that is said", { mustRun: true, restart: "no", waitTimeout: 60, ports: [] }, []],
  ["a variable", { envs: ["A=1"] }, ["envs"]],
  ["a limit", { memory: 128 }, ["memory"]],
  ["a limit taken away", { memory: undefined }, ["memory"]],
  ["a probe", { healthcheck: { tests: ["CMD", "false"] } }, ["healthcheck"]],
  ["something unknown", { image: unknownValue }, ["image"]],
])("%s changes", (_name, change, expected) => {
  expect(changedProperties(containerProperties, before, { ...before, ...change })).toEqual(expected);
});

test("a change replaces, is made in place, or cannot be made", () => {
  const changed = changedProperties(containerProperties, before, {
    ...before,
    memory: 128,
    envs: [],
    wait: true,
    healthcheck: {},
  });
  expect(withChange(containerProperties, changed, "replaces")).toEqual(["envs"]);
  expect(withChange(containerProperties, changed, "in place")).toEqual(["memory"]);
  expect(withChange(containerProperties, changed, "provider")).toEqual(["wait"]);
  expect(withChange(containerProperties, changed, "fixed")).toEqual(["healthcheck"]);
});

test("what is not implemented is refused by name, also deep inside", () => {
  const inputs = {
    image: "x",
    gpus: "all",
    healthcheck: { foo: 1 },
    mounts: [{ type: "bind", target: "/a", bindOptions: { nonRecursive: true } }],
    networksAdvanced: [{ name: "n", gwPriority: 1 }],
    invented: true,
  };
  expect(inputProblems(containerProperties, inputs).map(({ path }) => path)).toEqual([
    "gpus",
    "healthcheck.foo",
    "mounts[0].bindOptions.nonRecursive",
    "networksAdvanced[0].gwPriority",
    "invented",
  ]);
});

test("what means the same keeps the program's words", () => {
  const said = { image: "x", healthcheck: { interval: "60s" }, __defaults: ["name"] };
  const seen = { image: "x", healthcheck: { interval: "1m" }, memory: 32 };
  expect(inputsAsSeen(containerProperties, seen, said)).toEqual({
    image: "x",
    healthcheck: { interval: "60s" },
    memory: 32,
    __defaults: ["name"],
  });
});
