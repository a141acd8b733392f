import { expect, test } from "@jest/globals";
import { sandbox } from "../../src/model/declaration/sandbox.ts";
import { ConfigurationError } from "../../src/model/problem.ts";
import { selectSandboxes, settingsFrom } from "../../src/stacks/settings.ts";

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

test("a stack that says nothing has the default settings", () => {
  expect(settingsFrom({}, FILE)).toEqual({
    sandboxes: [],
    profiles: [],
    subnetPool: "10.231.0.0/16",
    privilegedImages: ["docker:dind", "docker:*-dind"],
    timeToLive: "never",
    protectedBranches: [],
  });
});

test("what a stack says is taken as it is", () => {
  const said = {
    sandboxes: ["snake", "whale"],
    profiles: ["slow"],
    subnetPool: "172.28.0.0/20",
    privilegedImages: ["registry.example.com/dind:*"],
    timeToLive: "8h",
    protectedBranches: ["main", "release/*"],
    branch: "feat/login",
  };
  expect(settingsFrom(said, FILE)).toEqual(said);
});

test("the stack of a protected branch has no end, whatever its time to live", () => {
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

test("a setting that does not exist is refused, naming the ones that do", () => {
  expect(complaint({ sandboxes: [], sandbox: ["snake"] })).toBe(
    "Pulumi.dev.yaml: nestbox:sandbox is not a setting; " +
      "use one of sandboxes, profiles, subnetPool, privilegedImages, timeToLive, protectedBranches, branch, " +
      "secrets, runner, cleanUp",
  );
});

test("secrets are a setting that somebody else reads", () => {
  expect(complaint({ secrets: { password: "…" } })).toBe("none");
});

const snake = sandbox("snake", { services: {} });
const whale = sandbox("whale", { services: {} });

test("the selected sandboxes come in the order of the names, each once", () => {
  expect(selectSandboxes([snake, whale], ["whale", "snake", "whale"], "here")).toEqual([whale, snake]);
});

test("a sandbox that nobody declares is refused, naming those that are declared", () => {
  expect(() => selectSandboxes([snake, whale], ["snail"], `${FILE}: nestbox:sandboxes`)).toThrow(
    new ConfigurationError(
      'Pulumi.dev.yaml: nestbox:sandboxes: no sandbox "snail"; sandboxes/index.ts lists snake, whale',
    ),
  );
  expect(() => selectSandboxes([], ["snail"], "here")).toThrow("sandboxes/index.ts lists none");
});
