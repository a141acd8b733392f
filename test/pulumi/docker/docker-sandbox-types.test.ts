import { expect, test } from "@jest/globals";
import { compileErrors } from "../../compile-errors.ts";

const PROGRAM = `
  import type { Output } from "@pulumi/pulumi";
  import { sandbox } from "nestbox";
  import { postgres, redis } from "nestbox/catalog";
  import { DockerSandbox } from "nestbox/pulumi/docker";
  const declared = sandbox("shop", {
    services: {
      database: postgres(),
      cache: redis(),
      web: { image: "web", env: ({ cache }) => ({ U: cache.url }) },
    },
  });
  const { services } = new DockerSandbox("shop", { sandbox: declared });
`;

/** Uses of the outputs, each with the expected error of the compiler, or none. */
const USES: readonly (readonly [use: string, error?: RegExp])[] = [
  ["services.database.url satisfies Output<string>"],
  ["services.database.password satisfies Output<string>"],
  ["services.database.variables satisfies Output<Readonly<Record<string, string>>>"],
  ["services.cache.published.url satisfies Output<string>"],
  ["services.web.host satisfies Output<string>"],
  ["services.web.variables satisfies Output<Readonly<Record<string, string>>>"],
  ["services.web.published.addresses satisfies Output<Readonly<Record<string, string>>>"],
  ["services.web.container satisfies Output<string>"],
  ["new DockerSandbox('eu', { sandbox: declared, profiles: ['api'] }, { transforms: [] })"],
  ["services.datbase.url", /'datbase' does not exist/],
  ["services.database.ulr", /'ulr' does not exist/],
  ["services.web.url", /'url' does not exist/],
  ["services.web.published.url", /'url' does not exist/],
  ["new DockerSandbox('eu', { sandbox: {} })", /not assignable|missing/],
  ["new DockerSandbox('eu', { sandbox: declared, profile: 'api' })", /'profile' does not exist/],
];

const found = compileErrors(
  __dirname,
  USES.map(([use]) => `${PROGRAM} void (${use});`),
);

test.each(USES.map(([use, error], index) => ({ use, error, errors: found[index] })))(
  "$use: $error",
  ({ error, errors }) => expect(errors).toEqual(error === undefined ? [] : [expect.stringMatching(error)]),
);
