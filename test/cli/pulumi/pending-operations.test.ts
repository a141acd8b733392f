import { expect, test } from "@jest/globals";
import type { EngineEvent } from "../../../src/cli/pulumi/events.ts";
import { tellsOfLostCreations } from "../../../src/cli/pulumi/pending-operations.ts";

const CONTAINER =
  "urn:pulumi:dev::nestbox::nestbox:index:Sandbox$docker:index/container:Container::shop_cache";
const RUNNER = "urn:pulumi:ci::nestbox::gitlab:index/userRunner:UserRunner::runner";

/** Pulumi's words: pkg/resource/deploy/deployment_executor.go. */
function warningOf(...urns: readonly string[]): EngineEvent {
  const lines = urns.map((urn) => `  * ${urn}, interrupted while creating\n`).join("");
  const message = `Attempting to deploy or update resources with ${urns.length} pending operations from previous deployment.\n${lines}These resources are in an unknown state`;
  return { diagnosticEvent: { severity: "warning", message } };
}

test("creations of Docker resources alone may be forgotten", () => {
  expect(tellsOfLostCreations(warningOf(CONTAINER, CONTAINER))).toBe(true);
});

test("what may be in GitLab is not forgotten", () => {
  expect(tellsOfLostCreations(warningOf(RUNNER))).toBe(false);
  expect(tellsOfLostCreations(warningOf(CONTAINER, RUNNER))).toBe(false);
});

test("other warnings and other events tell of none", () => {
  expect(tellsOfLostCreations({})).toBe(false);
  expect(
    tellsOfLostCreations({
      diagnosticEvent: { severity: "warning", message: `${CONTAINER} has no probe` },
    }),
  ).toBe(false);
  expect(tellsOfLostCreations(warningOf())).toBe(false);
});
