import { expect, test } from "@jest/globals";
import { LABEL } from "../../src/model/labels.ts";
import { ConfigurationError } from "../../src/model/problem.ts";
import { runningComponent } from "../../src/sandbox/running-component.ts";
import { existingNetwork, labelsOf } from "../docker/facts-of.ts";

const US = "example/dev/abc123";

/** The component that is found on an engine with a network of each of these. */
function found(components: readonly string[], chosen?: string): string {
  const networks = components.map((component) =>
    existingNetwork(
      component,
      "10.1.0.0/24",
      labelsOf(US, "network", "default", { [LABEL.component]: component }),
    ),
  );
  return runningComponent("snake", networks, US, chosen).component;
}

test("the component is the one of the sandbox's name, else the only one, else the chosen one", () => {
  expect(found([])).toBe("snake");
  expect(found(["eu"])).toBe("eu");
  expect(found(["eu", "snake", "us"])).toBe("snake");
  expect(found(["eu", "snake", "us"], "us")).toBe("us");
});

test("several components, and an unknown one, are named with the remedy", () => {
  expect(() => found(["us", "eu"])).toThrow(
    new ConfigurationError('sandbox "snake": the stack has several, eu and us; choose one with --component'),
  );
  expect(() => found(["us", "eu"], "asia")).toThrow(
    new ConfigurationError(
      '--component: sandbox "snake" has no component "asia" on the stack; it has eu and us',
    ),
  );
  expect(() => found([], "asia")).toThrow(/on the stack; run nestbox up first$/);
});
