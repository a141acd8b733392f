import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { composeNames } from "../../src/compose/compose-names.ts";
import { sandbox } from "../../src/model/declaration/sandbox.ts";
import { plan } from "../../src/model/plan/plan-sandbox.ts";

const JOB = { image: "alpine:3.19", script: ["true"] };

test("services and jobs keep their keys", () => {
  const box = sandbox("box", { services: { cache: { image: "a", alias: "other" } }, jobs: { tests: JOB } });
  expect(composeNames(plan(box))).toEqual({ cache: "cache", tests: "tests" });
});

test("a job or service named like another service's alias gets a suffix", () => {
  const box = sandbox("box", {
    services: { db: { image: "a", alias: "cache" }, cache: { image: "a", alias: "other" } },
    jobs: { tests: JOB, other: JOB },
  });
  expect(composeNames(plan(box))).toEqual({
    ...{ db: "db", cache: "cache-service" },
    ...{ tests: "tests", other: "other-job" },
  });
});

test("names are unique and differ from aliases of other services", () => {
  const key = fc.constantFrom("a", "b", "a-job", "a-service", "b-job", "b-service");
  fc.assert(
    fc.property(fc.uniqueArray(key), fc.uniqueArray(key), fc.uniqueArray(key), (services, aliases, jobs) => {
      const box = sandbox("box", {
        services: Object.fromEntries(
          services.map((name, index) => [name, { image: "a", alias: aliases[index] ?? `free-${index}` }]),
        ),
        jobs: Object.fromEntries(jobs.filter((name) => !services.includes(name)).map((name) => [name, JOB])),
      });
      const names = composeNames(plan(box));
      const all = Object.values(names);
      expect(new Set(all).size).toBe(all.length);
      for (const [serviceKey, service] of Object.entries(box.services)) {
        const others = all.filter((name) => name !== names[serviceKey]);
        expect(others).not.toContain(service.alias);
      }
    }),
  );
});
