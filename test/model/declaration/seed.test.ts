import { expect, test } from "@jest/globals";
import { postgres } from "../../../src/catalog/postgres.ts";
import { problemsIn } from "../../sandboxes/problems-in.ts";

const withSeed = (seed: unknown) => ({
  services: { db: postgres({ seed } as object) },
  jobs: { fill: { image: "alpine", script: ["true"] } },
});

test.each([
  { files: ["schema.sql", "seeds"] },
  [{ command: ["npm", "run", "migrate"], inputs: ["migrations"] }, { job: "fill" }],
])("%j fills the state from which forks start", (seed) => {
  expect(problemsIn(withSeed(seed))).toEqual([]);
});

test.each([
  [
    "schema.sql",
    'snake.services.db.seed: is the string "schema.sql"; use an object that describes a seed by files',
  ],
  [[], "snake.services.db.seed: is empty; remove it, or add a step"],
  [{ files: [] }, "snake.services.db.seed.files: is empty; add a file, or remove the step"],
  [{ files: "schema.sql" }, 'snake.services.db.seed.files: is the string "schema.sql"; use a list of paths'],
  [{ sql: "x" }, "snake.services.db.seed.sql: is not a property of a seed by files; use files, with paths"],
  [[{ job: "fill" }, { command: [] }], "snake.services.db.seed[1].command: is empty; add the program"],
  [{ command: "npm run migrate" }, "snake.services.db.seed.command: is the string"],
  [{ command: ["migrate"], inputs: ["../x"] }, "snake.services.db.seed.inputs[0]:"],
  [{ job: "fil" }, 'snake.services.db.seed: no job "fil" in this sandbox; it has fill'],
])("%j names the place and the remedy", (seed, problem) => {
  expect(problemsIn(withSeed(seed)).join("\n")).toContain(problem);
});

test("a service without forks has no seed", () => {
  expect(problemsIn({ services: { web: { image: "nginx", seed: { files: ["a.sql"] } } } })).toEqual([
    "snake.services.web.seed: has no effect on a service without forks; remove it",
  ]);
});
