import { expect, test } from "@jest/globals";
import {
  explainError,
  explainPlainError,
  isUnreachableCluster,
  plainErrors,
  unreadableState,
} from "../../../src/operations/pulumi/explain-errors.ts";

const STACK = "urn:pulumi:dev::shop::pulumi:pulumi:Stack::shop-dev";
const CACHE = "urn:pulumi:dev::shop::docker:index/container:Container::dev_shop_cache";
const failed = new Map([[CACHE, { resource: "container shop cache", operation: "created" }]]);

test("each error is reported once, without prefixes", () => {
  const errors = [
    {
      message:
        "Running program '/home/me/infra/index.ts' failed with an unhandled exception:\n" +
        'no sandbox "snail"\n',
      urn: STACK,
    },
    { message: 'no sandbox "snail"', urn: STACK },
    { message: "the stack is currently locked" },
    { message: "update failed\n" },
  ];
  expect(plainErrors(errors, failed)).toEqual([
    { source: "program", message: 'no sandbox "snail"' },
    { source: "pulumi", message: "the stack is currently locked" },
  ]);
});

test("a summary is reported only without other errors", () => {
  expect(plainErrors([{ message: "update failed\n" }], failed)).toEqual([
    { source: "pulumi", message: "update failed" },
  ]);
  expect(plainErrors([], failed)).toEqual([]);
});

const TAKEN =
  "Unable to start container: Error response from daemon: " +
  "Bind for 127.0.0.1:6379 failed: port is already allocated";
const LOGGED = `  sdk-v2/provider2.go:572: sdk.helper_schema: ${TAKEN}: provider=docker@5.2.0\n`;

test.each([
  [
    "the error of the provider, wrapped twice",
    [`1 error occurred:\n\t* creating ${CACHE}: 1 error occurred:\n\t* ${TAKEN}\n\n\n\n\n`],
  ],
  ["its log and its error", [LOGGED, `1 error occurred:\n\t* ${TAKEN}\n\n\n`]],
  ["its log alone", [LOGGED]],
])("an error of a resource keeps Docker's message: %s", (_, messages) => {
  const errors = messages.map((message) => ({ message, urn: CACHE }));
  expect(plainErrors(errors, failed)).toEqual([
    {
      source: "resource",
      message:
        "container shop cache could not be created: " +
        "Bind for 127.0.0.1:6379 failed: port is already allocated",
    },
  ]);
});

test("a line of a provider's log is no error of the program", () => {
  expect(plainErrors([{ message: LOGGED, urn: CACHE }], new Map())).toEqual([]);
});

test("an unknown error of Pulumi appears below the failed operation", () => {
  const explained = (source: "program" | "pulumi", message: string) =>
    explainPlainError({ source, message }, "stack dev could not be brought up", {}).message;
  expect(explained("pulumi", "glitch\nin the matrix")).toBe(
    "stack dev could not be brought up; Pulumi reports:\n  glitch\n  in the matrix",
  );
  expect(explained("program", "glitch")).toBe("glitch");
  expect(explained("pulumi", "incorrect passphrase")).toMatch(/^PULUMI_CONFIG_PASSPHRASE: /);
});

const unreachable =
  'unable to open state database "postgres://me:hush@db:5432/states": ' +
  "failed to ping PostgreSQL: connection refused";

test("an error that the user has to correct has its place and its remedy", () => {
  const environment = {
    PULUMI_BACKEND_URL: "postgres://me:hush@db:5432/states",
    PULUMI_CONFIG_PASSPHRASE: "",
  };
  expect(explainError("getting stack configuration: incorrect passphrase", environment)).toEqual({
    message: expect.stringMatching(
      /^PULUMI_CONFIG_PASSPHRASE: .* another passphrase than the empty one; set that passphrase/,
    ),
    isConfiguration: true,
  });
  expect(
    explainError("incorrect passphrase", { PULUMI_CONFIG_PASSPHRASE_FILE: "/run/passphrase" }).message,
  ).toMatch(/^PULUMI_CONFIG_PASSPHRASE_FILE: .* than the one in \/run\/passphrase;/);
  const unquoted = unreachable.replace("state database", "bucket").replaceAll('"', "");
  expect(explainError(unquoted, environment)).toEqual(explainError(unreachable, environment));
  expect(explainError(unreachable, environment)).toEqual({
    message: expect.stringMatching(
      /^PULUMI_BACKEND_URL: the state at postgres:\/\/db:5432\/states cannot be used: .*refused; make it/,
    ),
    isConfiguration: true,
  });
});

test("a cluster that does not answer is an error that the user has to correct, with its own remedy", () => {
  const silent = 'Kubernetes context "dev": https://10.0.0.1:6443 does not answer (no answer within 30 s); ';
  const message = `shop.services.cache: ${silent}start the cluster, or choose another context`;
  expect(explainError(message, {})).toEqual({ message, isConfiguration: true });
  expect(isUnreachableCluster([{ message, source: "program" }])).toBe(true);
  const crash = "shop.services.cache: ended with exit code 1";
  expect(isUnreachableCluster([{ message: crash, source: "program" }])).toBe(false);
});

test("another error stays as it is, without credentials", () => {
  expect(explainError("no room at postgres://me:hush@db/states", {})).toEqual({
    message: "no room at postgres://db/states",
    isConfiguration: false,
  });
});

test("a corrupt state is unreadable, an unreachable one is not", () => {
  expect(unreadableState(["failed to load checkpoint: place 1: unexpected end of JSON input"])).toBe(
    "unexpected end of JSON input",
  );
  const elsewhere = 'failed to load checkpoint: blob (key "x") (code=Unknown): connection refused';
  expect(unreadableState([elsewhere, unreachable])).toBeUndefined();
  expect(explainError(elsewhere, {}).isConfiguration).toBe(true);
});

test.each([
  ["place 1: unexpected end of JSON input", true],
  ["place 1: invalid character 'x' looking for beginning of value", true],
  ["place 1: unexpected EOF", true],
  ["place 1: flate: corrupt input before offset 66", true],
  ["place 1: invalid input: magic number mismatch", true],
  ["unsupported checkpoint version 99", false],
  ["this stack's deployment needs support for the following features: teleport", false],
  ["place 1: json: cannot unmarshal array into Go value of type apitype.VersionedCheckpoint", false],
  [
    "json: cannot unmarshal number into Go struct field CheckpointV3.latest of type apitype.DeploymentV3",
    false,
  ],
  ["place 1: decompressed size exceeds configured limit", false],
])("only a corrupt state is replaced: %s", (reason, isBroken) => {
  expect(unreadableState([`failed to load checkpoint: ${reason}`]) !== undefined).toBe(isBroken);
});

test.each([
  "failed to load checkpoint: unsupported checkpoint version 99",
  "failed to load checkpoint: this stack's deployment needs support for the following features: teleport",
  "the stack 'a' uses features that are not supported by this version of the Pulumi CLI: teleport. " +
    "Please update your version of the Pulumi CLI",
])("the state of a newer Pulumi requires a newer Pulumi: %s", (error) => {
  expect(explainError(error, {})).toEqual({
    message: expect.stringMatching(
      /^the stack's state was written by a newer Pulumi \(.*\); nothing was changed\. Update the Pulumi CLI/,
    ),
    isConfiguration: true,
  });
});

test("the error of a state in Pulumi's legacy layout has the command that upgrades it", () => {
  const banner =
    "=====\nLegacy DIY state is deprecated, " +
    "please upgrade your state to project mode using:\n'pulumi state upgrade'";
  expect(explainError(banner, {})).toEqual({
    message: expect.stringMatching(
      /^PULUMI_BACKEND_URL: the state has Pulumi's legacy layout, .*_ERROR=1 nestbox pulumi state upgrade$/,
    ),
    isConfiguration: true,
  });
});

test("an inconsistent state is reported in a sentence, not as Pulumi's report of a bug", () => {
  const report =
    'The Pulumi CLI encountered a snapshot integrity error. This is a bug!\n\nEnv Vars: PULUMI_HOME="/h"\n' +
    "Error:             snapshot integrity failure; refusing to use it: " +
    "child resource urn:one refers to missing parent urn:none\n\nStack Trace:\n\ngoroutine 1";
  expect(explainError(report, {})).toEqual({
    message:
      "the stack's state is inconsistent, so Pulumi refuses it: " +
      "child resource urn:one refers to missing parent urn:none\n" +
      "  repair it with nestbox pulumi state repair and the same --stack, then run the command again",
    isConfiguration: true,
  });
});

test.each([
  [
    "error while removing network: network shop id 4f94 has active endpoints",
    "other containers are connected to this network; find them with docker network inspect",
  ],
  [
    "network shop: invalid pool request: Pool overlaps with other one on this address space",
    "another network took this subnet meanwhile; run the command again",
  ],
  [
    "container cache: write /var/lib/docker/x: no space left on device",
    "a disk is full. For the engine's disk, see docker system df;",
  ],
])("%s: an error of the engine gets a remedy", (message, remedy) => {
  const explained = explainError(message, {});
  expect(explained.message.startsWith(`${message}\n  ${remedy}`)).toBe(true);
  expect(explained.isConfiguration).toBe(true);
});
