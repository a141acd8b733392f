import { expect, test } from "@jest/globals";
import { compileErrors } from "../../compile-errors.ts";

const PROGRAM = `
  import type { Output } from "@pulumi/pulumi";
  import type { DockerRunner } from "nestbox/pulumi/docker";
  import { GitLabRunner } from "nestbox/pulumi/docker";
  const args = { gitlabUrl: "https://gitlab.example.com", scope: { project: 7 } } as const;
  const { ids } = new GitLabRunner("ci", {
    ...args,
    runners: [
      { name: "plain", tags: ["docker"] },
      { name: "dind", tags: ["dind"], privilegedServices: ["docker:*-dind"] },
    ],
  });
  const declared: readonly DockerRunner[] = [];
`;

/** Uses of the outputs, each with the expected error of the compiler, or none. */
const USES: readonly (readonly [use: string, error?: RegExp])[] = [
  ["ids.plain satisfies Output<string>"],
  ["ids.dind satisfies Output<string>"],
  ["ids.dnid", /'dnid' does not exist/],
  ["new GitLabRunner('ci', { ...args, runners: declared }).ids satisfies Output<Record<string, string>>"],
  ["new GitLabRunner('ci', { ...args, runners: declared }, { transforms: [] })"],
  ["new GitLabRunner('ci', { ...args, runners: [{ tags: ['docker'] }] })", /name/],
];

const found = compileErrors(
  __dirname,
  USES.map(([use]) => `${PROGRAM} void (${use});`),
);

test.each(USES.map(([use, error], index) => ({ use, error, errors: found[index] })))(
  "$use: $error",
  ({ error, errors }) => expect(errors).toEqual(error === undefined ? [] : [expect.stringMatching(error)]),
);
