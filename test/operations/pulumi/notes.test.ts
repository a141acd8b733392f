import { expect, test } from "@jest/globals";
import { type EngineEvent, noteIn } from "../../../src/operations/pulumi/events.ts";

const RUNNER = "urn:pulumi:ci::nestbox::nestbox:index:GitLabRunner::gitlab-runner";
const INSIDE =
  "urn:pulumi:ci::nestbox::nestbox:index:GitLabRunner$docker:index/container:Container::gitlab-runner";

const said = (
  severity: "info" | "warning" | "debug",
  message: string,
  urn?: string,
  ephemeral = false,
): EngineEvent => ({
  diagnosticEvent: { severity, message: `${message}\n`, ephemeral, ...(urn !== undefined && { urn }) },
});

test("warnings and messages of this package's components are notes", () => {
  expect(noteIn(said("warning", "large packets get lost", RUNNER))).toEqual({
    severity: "warning",
    message: "large packets get lost",
  });
  expect(noteIn(said("warning", "startInterval has no effect", INSIDE))).toBeDefined();
  expect(noteIn(said("info", "up to 8 jobs at once", RUNNER))).toEqual({
    severity: "info",
    message: "up to 8 jobs at once",
  });
});

test("other, ephemeral and foreign messages are not", () => {
  const events = [
    said("warning", "using pulumi-resource-docker from $PATH at /somewhere/pulumi-resource-docker"),
    said("warning", "Undefined value (runner) will not show as a stack output."),
    said("warning", "waiting until healthy", RUNNER, true),
    said("info", "pulled", INSIDE),
    said("info", "hello"),
    said("debug", "Registering resource", RUNNER),
    {},
  ];
  expect(events.map(noteIn)).toEqual(events.map(() => undefined));
});
