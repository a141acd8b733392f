import { expect, test } from "@jest/globals";
import type { EngineEvent } from "../../../src/operations/pulumi/events.ts";
import { reportsPendingCreates } from "../../../src/operations/pulumi/pending-creates.ts";

const CONTAINER =
  "urn:pulumi:dev::nestbox::nestbox:index:Sandbox$docker:index/container:Container::shop_cache";
const OBJECT =
  "urn:pulumi:dev::nestbox::nestbox:index:KubernetesSandbox$kubernetes:core/v1:Namespace::shop_dev-shop";
const PROVIDERS = [
  "urn:pulumi:dev::nestbox::pulumi:providers:docker::default_5_2_0",
  "urn:pulumi:dev::nestbox::nestbox:index:KubernetesSandbox$pulumi:providers:kubernetes::shop",
];
const RUNNER = "urn:pulumi:ci::nestbox::gitlab:index/userRunner:UserRunner::runner";

/** Pulumi's warning: pkg/resource/deploy/deployment_executor.go */
function warningOf(...urns: readonly string[]): EngineEvent {
  const lines = urns.map((urn) => `  * ${urn}, interrupted while creating\n`).join("");
  const message =
    `Attempting to deploy or update resources with ${urns.length} pending operations from ` +
    `previous deployment.\n${lines}These resources are in an unknown state`;
  return { diagnosticEvent: { severity: "warning", message } };
}

test("pending creates of Docker resources, objects of a sandbox and providers are reported", () => {
  expect(reportsPendingCreates(warningOf(CONTAINER, CONTAINER))).toBe(true);
  expect(reportsPendingCreates(warningOf(OBJECT, CONTAINER, ...PROVIDERS))).toBe(true);
});

test("pending creates of resources in GitLab, and of a program's own objects, are not", () => {
  expect(reportsPendingCreates(warningOf(RUNNER))).toBe(false);
  const own = "urn:pulumi:dev::nestbox::kubernetes:core/v1:ConfigMap::settings";
  expect(reportsPendingCreates(warningOf(own))).toBe(false);
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
