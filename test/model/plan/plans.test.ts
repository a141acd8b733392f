import { readdirSync } from "node:fs";
import path from "node:path";
import { expect, test } from "@jest/globals";
import sandboxes from "../../../sandboxes/index.ts";
import { plan } from "../../../src/model/plan/plan-sandbox.ts";
import { toYaml, type YamlValue } from "../../../src/text/yaml.ts";
import { expectFile } from "../../snapshot-file.ts";

const FOLDER = path.join(__dirname, "plans");

test.each(sandboxes)("the plan of $name equals its file in test/model/plan/plans", (declared) => {
  const planned = plan(declared, { profiles: "all" });
  expectFile(path.join(FOLDER, `${declared.name}.yaml`), toYaml(planned as unknown as YamlValue));
});

test("each file of a plan belongs to a sandbox", () => {
  expect(readdirSync(FOLDER).sort()).toEqual(sandboxes.map(({ name }) => `${name}.yaml`).sort());
});

test("a plan contains no words of a target", () => {
  const text = JSON.stringify(sandboxes.map((declared) => plan(declared, { profiles: "all" })));
  const properties = new Set([...text.matchAll(/"(\w+)":/g)].map(([, property]) => property));
  expect(properties).toContain("probe");
  for (const word of ["subnet", "Healthcheck", "test", "driver", "NetworkMode", "script_before", "namespace"])
    expect(properties).not.toContain(word);
  expect(text).not.toMatch(/CMD-SHELL|host-gateway|com\.docker\./);
});
