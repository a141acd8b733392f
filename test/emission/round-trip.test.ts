import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { parse } from "yaml";
import { healthcheckBody } from "../../src/docker/lowering/healthcheck.ts";
import { type Sandbox, sandbox } from "../../src/model/declaration/sandbox.ts";
import { jobCommand } from "../../src/model/plan/job-script.ts";
import { plan } from "../../src/model/plan/plan-sandbox.ts";
import type { Runner } from "../../src/model/runner/runner.ts";
import { ANY_CHARACTER } from "../any-character.ts";
import { expandAsRunner } from "../gitlab/jobs/expansion.ts";
import { emitted } from "./emitted.ts";

const RUNNERS: readonly Runner[] = [{ name: "plain", tags: ["docker"] }];

/** Strings of a declaration: every character that an environment variable may have, all but NUL. */
const text = fc.oneof(
  fc.constantFrom(
    "",
    "~",
    "on",
    "1e3",
    "0o7",
    "2024-01-01",
    "a: b",
    "a #b",
    "'",
    '"',
    "\\",
    "$",
    "$$",
    "${A}",
    "%A%",
    "\n",
    "é🦆",
  ),
  fc.string({ unit: fc.constantFrom(..."$${}%Aa1:#'\"\\ \n\t-[]{},&*!|>é🦆\u0085\u2028\u007f\u0007") }),
  fc.string({ unit: ANY_CHARACTER }).map((string) => string.replaceAll("\0", "")),
);

const image = fc.constantFrom(
  "redis:7-alpine",
  `registry.example.com:5000/team/app@sha256:${"a".repeat(64)}`,
  "a/b/c:1.0_x",
);
const alias = fc
  .stringMatching(/^[a-z][a-z0-9-]{0,10}[a-z0-9]$/)
  .filter((name) => name !== "build" && name !== "localhost");
const environment = fc.dictionary(fc.stringMatching(/^[A-BD-EH-Z_][A-Za-z0-9_]{0,8}$/), text, { maxKeys: 4 });
const port = fc.integer({ min: 1, max: 65535 });

const service = fc.record(
  {
    image,
    command: fc.array(text, { minLength: 1, maxLength: 3 }),
    entrypoint: fc.array(text, { minLength: 1, maxLength: 2 }),
    env: environment,
    ports: fc.uniqueArray(port, { maxLength: 2 }),
  },
  { requiredKeys: ["image"] },
);

const job = fc.record({
  image,
  env: environment,
  before: fc.array(text, { maxLength: 2 }),
  script: fc.array(text, { minLength: 1, maxLength: 3 }),
  cleanup: fc.array(text, { maxLength: 2 }),
});

const declaration: fc.Arbitrary<Sandbox> = fc
  .record({
    aliases: fc.uniqueArray(alias, { minLength: 1, maxLength: 3 }),
    services: fc.array(service, { minLength: 1, maxLength: 3 }),
    job,
  })
  .map(({ aliases, services, job: tests }) =>
    sandbox("box", {
      services: Object.fromEntries(
        aliases.flatMap((name, index) =>
          services[index] ? [[`service-${index}`, { ...services[index], alias: name }]] : [],
        ),
      ),
      jobs: { tests },
    }),
  );

interface WrittenContainer {
  readonly image?: string;
  readonly name?: string;
  readonly alias?: string;
  readonly command?: readonly string[];
  readonly entrypoint?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly variables?: Readonly<Record<string, string | { readonly value: string; readonly expand: false }>>;
  readonly networks?: { readonly default: { readonly aliases: readonly string[] } };
  readonly healthcheck?: { readonly test: readonly string[] };
}

interface WrittenJob extends WrittenContainer {
  readonly services: readonly WrittenContainer[];
  readonly before_script?: readonly (string | readonly string[])[];
  readonly script: readonly string[];
  readonly after_script?: readonly string[];
}

test("GitLab CI reads any declaration unchanged", () => {
  fc.assert(
    fc.property(declaration, (declared) => {
      const written = parse(fileOf(declared, ".gitlab/nestbox/box.yml"), { customTags: [REFERENCE] })[
        "box:tests"
      ] as WrittenJob;
      const { tests } = declared.jobs;
      expect(written.image).toBe(tests?.image);
      expect(asEnvironment(written.variables, ["FF_NETWORK_PER_BUILD", "GIT_STRATEGY"])).toEqual(tests?.env);
      const waits = (written.before_script ?? []).filter(
        (command) => typeof command !== "string" || command.startsWith("nestbox_wait service-"),
      );
      expect((written.before_script ?? []).slice(waits.length)).toEqual(tests?.before);
      expect(written.script).toEqual(tests?.script);
      expect(written.after_script ?? []).toEqual(tests?.cleanup);
      expect(written.services).toHaveLength(Object.keys(declared.services).length);
      for (const [index, one] of Object.values(declared.services).entries()) {
        const found = written.services[index];
        expect(found).toMatchObject({ name: one.image, alias: one.alias });
        expect(found?.command).toEqual(one.command);
        expect(found?.entrypoint).toEqual(one.entrypoint);
        expect(asEnvironment(found?.variables, ["HEALTHCHECK_TCP_PORT"])).toEqual(one.env ?? {});
        const [first] = one.ports ?? [];
        const own = waits.filter(
          (command) => typeof command === "string" && command.startsWith(`nestbox_wait service-${index} `),
        );
        expect(own).toEqual(
          first === undefined ? [] : [`nestbox_wait service-${index} 30 nestbox_dial ${one.alias} ${first}`],
        );
      }
    }),
    { numRuns: 200 },
  );
});

test("Compose reads any plan unchanged", () => {
  fc.assert(
    fc.property(declaration, (declared) => {
      const { services: written } = parse(fileOf(declared, "compose/box.yaml")) as {
        readonly services: Readonly<Record<string, WrittenContainer>>;
      };
      const planned = plan(declared);
      for (const service of planned.services) {
        const found = written[service.key];
        expect(found?.image).toBe(service.image);
        expect(found?.command?.map(uninterpolated)).toEqual(service.command);
        expect(found?.entrypoint?.map(uninterpolated)).toEqual(service.entrypoint);
        expect(mapValues(found?.environment ?? {}, uninterpolated)).toEqual(service.env);
        expect(found?.networks?.default.aliases ?? [service.key]).toEqual(service.aliases);
        expect(found?.healthcheck?.test.map(uninterpolated)).toEqual(healthcheckBody(service.probe)?.Test);
      }
      const [tests] = planned.jobs;
      expect(written.tests?.command?.map(uninterpolated)).toEqual(tests && jobCommand(tests));
      expect(mapValues(written.tests?.environment ?? {}, uninterpolated)).toEqual(tests?.env);
    }),
    { numRuns: 200 },
  );
});

test("both read a variable of 64 KiB unchanged", () => {
  const long = "'$\"\\ #: é\n".repeat(6554);
  const declared = sandbox("box", {
    services: { a: { image: "a", env: { LONG: long } } },
    jobs: { tests: { image: "a", env: { LONG: long }, script: [long] } },
  });
  const job = parse(fileOf(declared, ".gitlab/nestbox/box.yml"))["box:tests"];
  expect(job.script).toEqual([long]);
  expect(job.variables.LONG).toEqual({ value: long, expand: false });
  expect(expandAsRunner(job.services[0].variables.LONG)).toBe(long);
  const { services } = parse(fileOf(declared, "compose/box.yaml"));
  expect(uninterpolated(services.a.environment.LONG)).toBe(long);
});

/** GitLab's YAML tag, parsed as a list. */
const REFERENCE = { tag: "!reference", collection: "seq" } as const;

function fileOf(declared: Sandbox, path: string): string {
  return (
    emitted([plan(declared, { profiles: "all" })], RUNNERS).files.find((file) => file.path === path)
      ?.content ?? ""
  );
}

function asEnvironment(
  variables: WrittenContainer["variables"] = {},
  ours: readonly string[],
): Readonly<Record<string, string>> {
  const theirs = Object.entries(variables).filter(([name]) => !ours.includes(name));
  return Object.fromEntries(
    theirs.map(([name, value]) => [name, typeof value === "string" ? expandAsRunner(value) : value.value]),
  );
}

/** The interpolation of Compose for a text with doubled dollars. */
function uninterpolated(value: string): string {
  expect(value.replaceAll("$$", "")).not.toContain("$");
  return value.replaceAll("$$", "$");
}

function mapValues(
  record: Readonly<Record<string, string>>,
  change: (value: string) => string,
): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));
}
