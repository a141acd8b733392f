import { expect, test } from "@jest/globals";
import { errorsAfter } from "../compile-errors.ts";

const PLAN = "src/model/plan/plan.ts";
const BODY = "src/docker/lowering/container.ts";
const PROPERTY = "readonly novelty?: string;";

/** A change that adds a property to an interface. */
const added =
  (name: string) =>
  (text: string): string =>
    text.replace(
      new RegExp(`(?<=interface ${name}\\b[^{]*(?:\\{ [^}]*\\}[^{]*)*)\\{\\n`),
      `{\n  ${PROPERTY}\n`,
    );

test.each<[string, string, readonly string[]]>([
  [
    "PlannedContainer",
    PLAN,
    [
      "src/docker/lowering/container.ts",
      "src/compose/compose-file.ts",
      "src/gitlab/jobs/services-job.ts",
      "src/kubernetes/lowering/pod-template.ts",
    ],
  ],
  [
    "PlannedService",
    PLAN,
    [
      "src/docker/lowering/lower-service.ts",
      "src/compose/compose-file.ts",
      "src/gitlab/jobs/services-job.ts",
      "src/kubernetes/lowering/workload.ts",
    ],
  ],
  [
    "PlannedJob",
    PLAN,
    [
      "src/docker/lowering/lower-job.ts",
      "src/compose/compose-file.ts",
      "src/gitlab/jobs/services-job.ts",
      "src/kubernetes/lowering/job-run.ts",
    ],
  ],
  ["ContainerBody", BODY, ["src/pulumi/docker/container-args.ts"]],
  ["HostBody", BODY, ["src/pulumi/docker/container-args.ts"]],
  [
    "ContainerDefinition",
    "src/model/declaration/service.ts",
    ["src/model/declaration/declaration-shape.ts", "src/kubernetes/lowering/pod-template.ts"],
  ],
])("a new property of %s compiles in none of the files that must express it", (name, file, users) => {
  const errors = errorsAfter(file, added(name), users);
  const silent = users.filter((user) => !errors[user]?.some((message) => message.includes("novelty")));
  expect(silent).toEqual([]);
});
