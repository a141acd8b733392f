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
    target: "docker",
    kubernetes: {},
    subnetPool: "10.231.0.0/16",
    privilegedImages: ["docker:dind", "docker:*-dind", "docker:dind@sha256:*", "docker:*-dind@sha256:*"],
    timeToLive: "never",
    protectedBranches: [],
  });
});

test("valid settings are returned unchanged", () => {
  const values = {
    sandboxes: ["snake", "whale"],
    profiles: ["slow"],
    target: "kubernetes",
    kubernetes: {
      context: "admin@staging",
      namespacePrefix: "test-",
      storageClass: "standard",
      imagePullSecret: "registry.example.com",
      registry: "registry.example.com:5000/team/images",
    },
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
  ["target", ""],
  ["target", 7],
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
      "use one of sandboxes, profiles, target, kubernetes, subnetPool, privilegedImages, timeToLive, " +
      "protectedBranches, branch, secrets, runner, cleanUp",
  );
});

test.each([
  [[], " is []; it must be a map of context, namespace, namespacePrefix, storageClass, imagePullSecret, "],
  ["staging", ' is "staging"; it must be a map of'],
  [{ contxt: "staging" }, ".contxt is not a setting; use one of context, namespace, namespacePrefix, "],
  [{ constructor: "staging" }, ".constructor is not a setting"],
  [{ context: "" }, '.context is ""; it must be a context of the kubeconfig such as "staging"'],
  [{ namespacePrefix: "Test-" }, '.namespacePrefix is "Test-"; it must be at most 16 lower-case letters'],
  [{ namespacePrefix: "1-" }, '.namespacePrefix is "1-"; it must be at most 16'],
  [{ namespacePrefix: "a".repeat(17) }, ".namespacePrefix is"],
  [{ storageClass: 7 }, '.storageClass is 7; it must be the name of a StorageClass such as "standard"'],
  [
    { registryMirror: "mirror:5000" },
    '.registryMirror is "mirror:5000"; it must be the address of a registry',
  ],
  [{ registry: "team" }, '.registry is "team"; it must be a registry and a path in it, such as "registry.ex'],
  [{ registry: "https://registry.example.com" }, ".registry is"],
  [{ registry: "registry.example.com/team/" }, ".registry is"],
  [{ registry: "registry.example.com/Team" }, ".registry is"],
  [{ imagePullSecret: "-" }, '.imagePullSecret is "-"; it must be the name of a Secret such as "registry"'],
  [
    { imagePullSecret: { fromDocker: false } },
    '.imagePullSecret is {"fromDocker":false}; it must be the name',
  ],
])("a wrong kubernetes setting %j is refused, naming key and remedy", (kubernetes, message) => {
  expect(complaint({ kubernetes })).toContain(`Pulumi.dev.yaml: nestbox:kubernetes${message}`);
});

test("the settings of a cluster may be JSON, as Pulumi passes them to a program", () => {
  expect(settingsFrom({ kubernetes: '{"context":"staging"}' }, FILE).kubernetes).toEqual({
    context: "staging",
  });
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
      'Pulumi.dev.yaml: nestbox:sandboxes: no sandbox "snail"; the program lists snake, whale',
    ),
  );
  expect(() => selectSandboxes([], ["snail"], "here")).toThrow("the program lists none");
});
