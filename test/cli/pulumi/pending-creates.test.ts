import { expect, test } from "@jest/globals";
import { type EngineEvent, reportsPendingCreates } from "../../../src/cli/pulumi/events.ts";

const CONTAINER =
  "urn:pulumi:dev::nestbox::nestbox:index:Sandbox$docker:index/container:Container::shop_cache";
const RUNNER = "urn:pulumi:ci::nestbox::gitlab:index/userRunner:UserRunner::runner";

/** Pulumi's warning: pkg/resource/deploy/deployment_executor.go */
function warningOf(...urns: readonly string[]): EngineEvent {
  const lines = urns.map((urn) => `  * ${urn}, interrupted while creating\n`).join("");
  const message =
    `Attempting to deploy or update resources with ${urns.length} pending operations from ` +
    `previous deployment.\n${lines}These resources are in an unknown state`;
  return { diagnosticEvent: { severity: "warning", message } };
}

test("pending creates of Docker resources alone are reported", () => {
  expect(reportsPendingCreates(warningOf(CONTAINER, CONTAINER))).toBe(true);
});

test("pending creates of resources in GitLab are not", () => {
  expect(reportsPendingCreates(warningOf(RUNNER))).toBe(false);
  expect(reportsPendingCreates(warningOf(CONTAINER, RUNNER))).toBe(false);
});

test("other warnings and events report none", () => {
  expect(reportsPendingCreates({})).toBe(false);
  expect(
    reportsPendingCreates({
      diagnosticEvent: { severity: "warning", message: `${CONTAINER} has no probe` },
    }),
  ).toBe(false);
  expect(reportsPendingCreates(warningOf())).toBe(false);
});
