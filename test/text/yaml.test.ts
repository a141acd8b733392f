import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { parse } from "yaml";
import { toYaml, YamlReference, type YamlValue } from "../../src/text/yaml.ts";
import { ANY_CHARACTER } from "../any-character.ts";

/** Strings with another meaning, or another end, in some version of YAML. */
const AMBIGUOUS = [
  ...[
    "",
    "~",
    "null",
    "Null",
    "y",
    "N",
    "yes",
    "No",
    "on",
    "OFF",
    "true",
    "False",
    ".inf",
    "-.INF",
    ".nan",
    "=",
    "<<",
  ],
  ...[
    "1",
    "-1",
    "+1",
    "0o7",
    "07",
    "0x1F",
    "0b1",
    "1e3",
    "1.5",
    ".5",
    "1_000",
    "12:30",
    "190:20:30",
    "2024-01-31",
    "2001-12-14t21:59:43Z",
  ],
  ...[
    "- a",
    "? a",
    ": a",
    "a: b",
    "a #b",
    "#a",
    "a:",
    "&a",
    "*a",
    "!a",
    "!!str a",
    "|",
    ">",
    "%a",
    "@a",
    "`a",
    "'a'",
    '"a"',
    "{a}",
    "[a]",
  ],
  ...[
    " a",
    "a ",
    "\ta",
    "a\t",
    "a\n",
    "\na",
    "a\n\n",
    "a\n b",
    "a \nb",
    "a\r\nb",
    "a\rb",
    "---",
    "...",
    "--- a",
    "a\n---\nb",
    "a\n# b",
  ],
  ...[
    "\u0000",
    "\u0007",
    "\u007f",
    "\u0085",
    "\u00a0",
    "\u2028",
    "\u2029",
    "\ufeff",
    "\ufffe",
    "é",
    "日本",
    "🦆",
    "$",
    "$$",
    "${A}",
    "\\n",
    "\\",
  ],
];

const text = fc.oneof(
  fc.constantFrom(...AMBIGUOUS),
  fc.string({ unit: "grapheme" }),
  fc.string({ unit: fc.constantFrom(..." \n\t'\"#:-$\\[]{},&*!|>%@`=~.0o1exyn") }),
  fc.string({ unit: ANY_CHARACTER }),
);

const value: fc.Arbitrary<YamlValue> = fc.letrec<{ value: YamlValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    text,
    fc.integer(),
    fc.boolean(),
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(
      text.filter((key) => key !== "__proto__"),
      tie("value"),
      { maxKeys: 4 },
    ),
  ),
})).value;

test.each(["1.1", "1.2"] as const)(
  "YAML %s reads back every ambiguous string, as value, key and list item",
  (version) => {
    for (const one of AMBIGUOUS) {
      const written = {
        value: one,
        list: [one, "x"],
        long: [one, "two words"],
        deep: { [one]: { [one]: one } },
      };
      expect(parse(toYaml(written), { version, merge: version === "1.1" })).toEqual(written);
    }
  },
);

test.each(["1.1", "1.2"] as const)("YAML %s reads back any value", (version) => {
  fc.assert(
    fc.property(value, (written) => {
      expect(parse(toYaml({ written }), { version, maxAliasCount: 0 })).toEqual({ written });
    }),
    { numRuns: 500 },
  );
});

test("a string of 64 KiB is read back", () => {
  const long = "a 'long' \"text\": $x #\n".repeat(3000);
  expect(parse(toYaml({ long }))).toEqual({ long });
});

test("unprintable characters are escaped", () => {
  expect(toYaml({ a: "\u0085\u007f\ufeff\u0000" })).toBe('a: "\\u0085\\u007f\\ufeff\\u0000"\n');
});

test("plain commands have no quotes, and scripts are blocks", () => {
  const written = toYaml({ script: ["pip install -r requirements.txt", 'echo "$A" | grep b', "a\n  b\nc"] });
  expect(written).toBe(
    [
      "script:",
      "  - pip install -r requirements.txt",
      '  - echo "$A" | grep b',
      "  - |-",
      "    a",
      "      b",
      "    c",
      "",
    ].join("\n"),
  );
});

test("short lists are on one line", () => {
  expect(toYaml({ tags: ["docker", "docker-in-docker"], none: [] })).toBe(
    "tags: [docker, docker-in-docker]\nnone: []\n",
  );
});

test("a reference becomes GitLab's tag", () => {
  expect(toYaml({ before_script: [new YamlReference(".nestbox-wait", "script"), "make"] })).toBe(
    ["before_script:", "  - !reference [.nestbox-wait, script]", "  - make", ""].join("\n"),
  );
});
