import { readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "@jest/globals";
import type { Answers } from "../../../src/cli/answers/answers.ts";
import { compileErrors } from "../../compile-errors.ts";
import { nestbox } from "../../run-nestbox.cjs";

const ANSWERS = path.join(__dirname, "../../../src/cli/answers");
const PAGE = readFileSync(path.join(__dirname, "../../../docs/reference-json.md"), "utf8");

/** The examples of the page, each with its verb. */
const EXAMPLES = [...PAGE.matchAll(/^```json (.+)\n([\s\S]*?)^```$/gm)].map(([, verb = "", json = ""]) => ({
  verb,
  json,
}));

/** The commands in a help text, without commander's own. */
function commandsIn(help: string): readonly string[] {
  const [, list = ""] = help.split(/^Commands:$/m);
  return [...list.matchAll(/^ {2}([a-z][\w-]*)/gm)].flatMap(([, name = ""]) => (name === "help" ? [] : name));
}

test("each verb with --json has a section, and each section but that of start such a verb", () => {
  const verbs = commandsIn(nestbox("--help"))
    .filter((verb) => verb !== "pulumi")
    .flatMap((verb) => {
      const help = nestbox(verb, "--help");
      const inner = commandsIn(help).map((name) => `${verb} ${name}`);
      return [
        { verb, help },
        ...inner.map((name) => ({ verb: name, help: nestbox(...name.split(" "), "--help") })),
      ];
    });
  const answering = verbs.filter(({ help }) => /^ {2}--json /m.test(help)).map(({ verb }) => verb);
  const sections = [...PAGE.matchAll(/^## nestbox (.+)$/gm)].map(([, verb]) => verb);
  expect(answering.length).toBeGreaterThan(0);
  expect([...answering, "start"].sort()).toEqual(sections.sort());
});

test("each example has the type of its verb's answer", () => {
  const modules = EXAMPLES.map(
    ({ verb, json }) =>
      `import type { Answers } from "./answers.ts";\nexport const answer: Answers["${verb}"] = ${json};\n`,
  );
  const errors = compileErrors(ANSWERS, modules);
  expect(EXAMPLES.map(({ verb }, index) => [verb, errors[index]])).toEqual(
    EXAMPLES.map(({ verb }) => [verb, []]),
  );
});

/** The answers, and whether the page has an example. A plan is too long for one. */
const SHOWN: Readonly<Record<keyof Answers, boolean>> = {
  ...{ up: true, run: true, env: true, ls: true, logs: true, exec: true, connect: true, fork: true },
  ...{ extend: true, down: true, gc: true, doctor: true, prove: true, plan: false, emit: true, start: true },
  ...{ "cluster status": true, error: true },
};

test("each answer but the plan has an example", () => {
  const shown = new Set(EXAMPLES.map(({ verb }) => verb));
  const wanted = Object.entries(SHOWN).flatMap(([verb, isShown]) => (isShown ? [verb] : []));
  expect([...shown].sort()).toEqual(wanted.sort());
});
