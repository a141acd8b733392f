import { expect, test } from "@jest/globals";
import { sandbox } from "../../src/model/declaration/sandbox.ts";
import { ConfigurationError } from "../../src/model/problem.ts";
import { selectSandboxes, settingsFrom } from "../../src/stacks/stack-settings.ts";

const FILE = "Pulumi.dev.yaml";

function complaint(values: Readonly<Record<string, unknown>>): string {
  try {
    settingsFrom(values, FILE);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigurationError);
    return (error as Error).message;
  }
  return "none";
}

test("a stack without settings has the defaults", () => {
  expect(settingsFrom({}, FILE)).toEqual({
    sandboxes: [],
    profiles: [],
    subnetPool: "10.231.0.0/16",
    privilegedImages: ["docker:dind", "docker:*-dind"],
    timeToLive: "never",
    protectedBranches: [],
  });
});

test("valid settings are returned unchanged", () => {
  const values = {
    sandboxes: ["snake", "whale"],
    profiles: ["slow"],
    subnetPool: "172.28.0.0/20",
    privilegedImages: ["registry.example.com/dind:*"],
    timeToLive: "8h",
    protectedBranches: ["main", "release/*"],
    branch: "feat/login",
  };
  expect(settingsFrom(values, FILE)).toEqual(values);
});

test("the stack of a protected branch never ends, whatever its time to live", () => {
  const ofBranch = (branch: string) =>
    settingsFrom({ timeToLive: "8h", protectedBranches: '["release/*"]', branch }, FILE).timeToLive;
  expect(ofBranch("release/1.2")).toBe("never");
  expect(ofBranch("feat/login")).toBe("8h");
});

test.each([
  ["sandboxes", "snake"],
  ["sandboxes", [1]],
  ["sandboxes", null],
  ["sandboxes", { snake: true }],
  ["profiles", "slow"],
  ["profiles", [["slow"]]],
  ["privilegedImages", true],
  ["subnetPool", 10],
  ["subnetPool", "10.231.0.0"],
  ["subnetPool", "10.231.0.1/16"],
  ["subnetPool", "10.231.0.256/28"],
  ["timeToLive", 8],
  ["timeToLive", "8 hours"],
  ["timeToLive", "0s"],
  ["timeToLive", "-1h"],
  ["protectedBranches", "main"],
  ["branch", ""],
  ["branch", 7],
])("a wrong %s of %j is refused, naming file, setting, value and remedy", (setting, value) => {
  const message = complaint({ [setting]: value });
  expect(message).toContain(`${FILE}: nestbox:${setting} is ${JSON.stringify(value)}`);
  expect(message).toMatch(/; it must be .*(a list of strings|such as)/);
});

test("an unknown setting is refused, naming the known ones", () => {
  expect(complaint({ sandboxes: [], sandbox: ["snake"] })).toBe(
    "Pulumi.dev.yaml: nestbox:sandbox is not a setting; " +
      "use one of sandboxes, profiles, subnetPool, privilegedImages, timeToLive, protectedBranches, " +
      "branch, secrets, runner, cleanUp",
  );
});

test("secrets are a known setting", () => {
  expect(complaint({ secrets: { password: "…" } })).toBe("none");
});

const snake = sandbox("snake", { services: {} });
const whale = sandbox("whale", { services: {} });

test("selected sandboxes are in the order of the names, each once", () => {
  expect(selectSandboxes([snake, whale], ["whale", "snake", "whale"], "here")).toEqual([whale, snake]);
});

test("an undeclared sandbox is refused, naming the declared ones", () => {
  expect(() => selectSandboxes([snake, whale], ["snail"], `${FILE}: nestbox:sandboxes`)).toThrow(
    new ConfigurationError(
      'Pulumi.dev.yaml: nestbox:sandboxes: no sandbox "snail"; sandboxes/index.ts lists snake, whale',
    ),
  );
  expect(() => selectSandboxes([], ["snail"], "here")).toThrow("sandboxes/index.ts lists none");
});
