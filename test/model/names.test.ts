import { createHash } from "node:crypto";
import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { aliasProblem, base36Digest, nameProblem, refSlug, uniqueName } from "../../src/model/names.ts";
import { ANY_CHARACTER } from "../any-character.ts";

test.each([
  // Examples of GitLab's own specification of `slugify`.
  ["TEST", "test"],
  ["project_with_underscores", "project-with-underscores"],
  ["namespace/project", "namespace-project"],
  ["a".repeat(70), "a".repeat(63)],
  ["test_trailing_", "test-trailing"],
  // Dashes are neither collapsed nor removed before the cut to the length.
  ["feat//x", "feat--x"],
  ["feat/a", "feat-a"],
  ["feat_a", "feat-a"],
  ["--a--", "a"],
  [`-${"a".repeat(70)}`, "a".repeat(62)],
  [`${"a".repeat(62)}/${"b".repeat(9)}`, "a".repeat(62)],
  // A character outside the basic plane becomes one dash, not two.
  ["a😀b", "a-b"],
  ["größe", "gr--e"],
  // The lower case of the Kelvin sign is ASCII.
  ["\u212A1", "k1"],
  ["///", ""],
])("the slug of %j is %j", (raw, slug) => {
  expect(refSlug(raw)).toBe(slug);
});

/**
 * A second implementation of GitLab's rule, by its documentation: "lowercased, shortened to 63 bytes, and
 * with everything except 0-9 and a-z replaced with -. No leading / trailing -":
 * https://docs.gitlab.com/ci/variables/predefined_variables/ (CI_COMMIT_REF_SLUG)
 */
function documentedSlug(raw: string): string {
  const replaced: string[] = [];
  for (const character of raw.toLowerCase()) {
    const isKept = "0123456789abcdefghijklmnopqrstuvwxyz".includes(character);
    replaced.push(isKept ? character : "-");
  }
  // The text is ASCII, so that each character is a byte.
  const bytes = Buffer.from(replaced.join("")).subarray(0, 63);
  let [first, end] = [0, bytes.length];
  while (first < end && bytes[first] === 0x2d) first++;
  while (end > first && bytes[end - 1] === 0x2d) end--;
  return bytes.subarray(first, end).toString();
}

/** Any text, and texts around the limit of 63 characters with legal, illegal and cased characters. */
const anyText = fc.oneof(
  fc.string({ unit: ANY_CHARACTER, maxLength: 100, size: "max" }),
  fc.string({ unit: "grapheme", maxLength: 100, size: "max" }),
  fc.string({
    unit: fc.constantFrom("a", "Z", "0", "-", "/", "_", "é", "İ", "\u212A", "🦆"),
    minLength: 55,
    maxLength: 75,
  }),
);

test("a slug equals GitLab's documented form for any text", () => {
  fc.assert(
    fc.property(anyText, (raw) => {
      expect(refSlug(raw)).toBe(documentedSlug(raw));
    }),
    { numRuns: 2000 },
  );
});

test("a slug holds at most 63 lower-case letters, digits and inner dashes", () => {
  fc.assert(
    fc.property(anyText, (raw) => {
      expect(refSlug(raw)).toMatch(/^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)?$/);
    }),
  );
});

test("a digest is the end of the SHA-256 in base 36, as in GitLab's environment slugs", () => {
  expect(uniqueName("review/main")).toBe("review-main-yi2y9f");
  fc.assert(
    fc.property(fc.string(), fc.integer({ min: 1, max: 12 }), (raw, length) => {
      const digest = BigInt(`0x${createHash("sha256").update(raw).digest("hex")}`);
      const wanted = digest % 36n ** BigInt(length);
      const digits = base36Digest(raw, length);
      expect(digits).toHaveLength(length);
      const read = [...digits].reduce((sum, digit) => sum * 36n + BigInt(Number.parseInt(digit, 36)), 0n);
      expect(read).toBe(wanted);
    }),
  );
});

const ref = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 80 }),
  fc.string({ unit: fc.constantFrom("a", "B", "/", "-", "_", ".", "#", "7"), maxLength: 80 }),
);

test("a unique name is legal as a container, network, volume, stack, compose project and DNS label", () => {
  fc.assert(
    fc.property(ref, (raw) => {
      const name = uniqueName(raw);
      expect(name).toMatch(/^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/); // Docker's daemon/names
      expect(name).toMatch(/^[a-zA-Z0-9_.-]{1,100}$/); // Pulumi's stack names
      expect(name).toMatch(/^[a-z0-9][a-z0-9_-]*$/); // compose's project names
      expect(name).toMatch(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/); // RFC 1123
    }),
  );
});

test("refs with equal slugs have different unique names", () => {
  fc.assert(
    fc.property(fc.uniqueArray(ref, { minLength: 2, maxLength: 50 }), (refs) => {
      expect(new Set(refs.map(uniqueName)).size).toBe(refs.length);
    }),
  );
  expect(new Set(["feat/a", "feat-a", "feat_a", "FEAT-A"].map(uniqueName)).size).toBe(4);
});

test.each(["a", "cache", "integration-tests", "a1", "a".repeat(40)])("%j is a legal name", (name) => {
  expect(nameProblem(name)).toBeUndefined();
});

test.each([
  ["", undefined],
  ["Cache", "cache"],
  ["my_cache", "my-cache"],
  ["1st", "st"],
  ["-a", "a"],
  ["a-", "a"],
  ["a\n", "a"],
  ["a".repeat(41), "a".repeat(40)],
])("%j is not a legal name, and the error proposes %j", (name, proposal) => {
  const problem = nameProblem(name);
  expect(problem).toContain("is not a legal name");
  if (proposal === undefined) expect(problem).not.toContain("for example");
  else expect(problem).toContain(`for example "${proposal}"`);
});

test("a property of every JavaScript object is not a legal name", () => {
  expect(nameProblem("constructor")).toContain("use another name");
});

test("a proposed name is legal", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", maxLength: 80 }), (name) => {
      const proposal = /for example "(.*)"$/.exec(nameProblem(name) ?? "")?.[1];
      if (proposal !== undefined) expect(nameProblem(proposal)).toBeUndefined();
    }),
  );
});

test.each(["cache", "7cache", "a".repeat(63)])("%j is a legal alias", (alias) => {
  expect(aliasProblem(alias)).toBeUndefined();
});

test.each(["", "My Cache", "a.b", "a_b", "-a", "a-", "a".repeat(64)])("%j is not a legal alias", (alias) => {
  expect(aliasProblem(alias)).toContain("is not a legal alias");
});

test.each(["build", "localhost"])("%j is reserved for the job's own container", (alias) => {
  expect(aliasProblem(alias)).toContain("use another alias");
});
