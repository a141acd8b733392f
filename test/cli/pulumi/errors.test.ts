import { expect, test } from "@jest/globals";
import {
  explainError,
  explainPlainError,
  plainErrors,
  unreadableState,
} from "../../../src/cli/pulumi/errors.ts";

const STACK = "urn:pulumi:dev::shop::pulumi:pulumi:Stack::shop-dev";
const CACHE = "urn:pulumi:dev::shop::docker:index/container:Container::dev_shop_cache";
const failed = new Map([[CACHE, { resource: "container shop cache", what: "created" }]]);

test("errors are told in their own words, each once", () => {
  const errors = [
    {
      message:
        "Running program '/home/me/infra/index.ts' failed with an unhandled exception:\nno sandbox \"snail\"\n",
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

test("that the operation failed is said when nothing else is", () => {
  expect(plainErrors([{ message: "update failed\n" }], failed)).toEqual([
    { source: "pulumi", message: "update failed" },
  ]);
  expect(plainErrors([], failed)).toEqual([]);
});

const TAKEN =
  "Unable to start container: Error response from daemon: Bind for 127.0.0.1:6379 failed: port is already allocated";
const LOGGED = `  sdk-v2/provider2.go:572: sdk.helper_schema: ${TAKEN}: provider=docker@5.2.0\n`;

test.each([
  [
    "the answer of the provider, wrapped twice",
    [`1 error occurred:\n\t* creating ${CACHE}: 1 error occurred:\n\t* ${TAKEN}\n\n\n\n\n`],
  ],
  ["its log beside the answer", [LOGGED, `1 error occurred:\n\t* ${TAKEN}\n\n\n`]],
  ["its log alone", [LOGGED]],
])("what a resource's error says is told in Docker's words: %s", (_, messages) => {
  const errors = messages.map((message) => ({ message, urn: CACHE }));
  expect(plainErrors(errors, failed)).toEqual([
    {
      source: "resource",
      message:
        "container shop cache could not be created: Bind for 127.0.0.1:6379 failed: port is already allocated",
    },
  ]);
});

test("what a provider only logs is no error", () => {
  expect(plainErrors([{ message: LOGGED, urn: CACHE }], new Map())).toEqual([]);
});

test("what nobody here understands stands under what failed", () => {
  const explained = (source: "program" | "pulumi", message: string) =>
    explainPlainError({ source, message }, "stack dev could not be brought up", {}).message;
  expect(explained("pulumi", "glitch\nin the matrix")).toBe(
    "stack dev could not be brought up; Pulumi says:\n  glitch\n  in the matrix",
  );
  expect(explained("program", "glitch")).toBe("glitch");
  expect(explained("pulumi", "incorrect passphrase")).toMatch(/^PULUMI_CONFIG_PASSPHRASE: /);
});

const unreachable =
  'unable to open state database "postgres://me:hush@db:5432/states": failed to ping PostgreSQL: connection refused';

test("what the user has to change is told with its place and its remedy", () => {
  const environment = {
    PULUMI_BACKEND_URL: "postgres://me:hush@db:5432/states",
    PULUMI_CONFIG_PASSPHRASE: "",
  };
  expect(explainError("getting stack configuration: incorrect passphrase", environment)).toEqual({
    message: expect.stringMatching(
      /^PULUMI_CONFIG_PASSPHRASE: .* another passphrase than the empty one; set that one/,
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
      /^PULUMI_BACKEND_URL: the state at postgres:\/\/db:5432\/states cannot be used: failed to ping PostgreSQL: connection refused; see/,
    ),
    isConfiguration: true,
  });
});

test("another error stays as it is, but for passwords", () => {
  expect(explainError("no room at postgres://me:hush@db/states", {})).toEqual({
    message: "no room at postgres://db/states",
    isConfiguration: false,
  });
});

test("a state is unreadable when it is no state, not when it cannot be reached", () => {
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
])("a state is given up only when it is broken: %s", (reason, isBroken) => {
  expect(unreadableState([`failed to load checkpoint: ${reason}`]) !== undefined).toBe(isBroken);
});

test.each([
  "failed to load checkpoint: unsupported checkpoint version 99",
  "failed to load checkpoint: this stack's deployment needs support for the following features: teleport",
  "the stack 'a' uses features that are not supported by this version of the Pulumi CLI: teleport. Please update your version of the Pulumi CLI",
])("a newer Pulumi's state wants a newer Pulumi: %s", (error) => {
  expect(explainError(error, {})).toEqual({
    message: expect.stringMatching(
      /^the stack's state was written by a newer Pulumi \(.*\)\. Nothing has been changed\. Update the Pulumi CLI/,
    ),
    isConfiguration: true,
  });
});

test("a state in Pulumi's former layout is told with the command that changes it", () => {
  const banner =
    "=====\nLegacy DIY state is deprecated, please upgrade your state to project mode using:\n'pulumi state upgrade'";
  expect(explainError(banner, {})).toEqual({
    message: expect.stringMatching(
      /^the state is in Pulumi's former layout, .*_ERROR=1 nestbox pulumi state upgrade$/,
    ),
    isConfiguration: true,
  });
});

test("a state that contradicts itself is told in a sentence, not in Pulumi's report of a bug", () => {
  const report =
    'The Pulumi CLI encountered a snapshot integrity error. This is a bug!\n\nEnv Vars: PULUMI_HOME="/h"\n' +
    "Error:             snapshot integrity failure; refusing to use it: child resource urn:one refers to missing parent urn:none\n\nStack Trace:\n\ngoroutine 1";
  expect(explainError(report, {})).toEqual({
    message:
      "the stack's state contradicts itself, so Pulumi does not use it: child resource urn:one refers to missing parent urn:none\n" +
      "  nestbox pulumi state repair mends it, with the same --stack; then the same command again",
    isConfiguration: true,
  });
});

test.each([
  [
    "error while removing network: network shop id 4f94 has active endpoints",
    "containers that are not this stack's are still on it: docker network inspect",
  ],
  [
    "network shop: invalid pool request: Pool overlaps with other one on this address space",
    "something else has taken this subnet meanwhile; the same command again",
  ],
  [
    "container cache: write /var/lib/docker/x: no space left on device",
    "a disk is full. Where it is the engine's, docker system df",
  ],
])("%s: an engine's bare word gets its remedy", (message, remedy) => {
  const explained = explainError(message, {});
  expect(explained.message.startsWith(`${message}\n  ${remedy}`)).toBe(true);
  expect(explained.isConfiguration).toBe(true);
});
