import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { podVariables, unexpanded } from "../../../src/kubernetes/lowering/pod-environment.ts";
import { renderText, secret, type Text, text } from "../../../src/model/text.ts";

/**
 * What Kubernetes makes of a text: k8s.io/kubernetes/third_party/forked/golang/expansion. `$$` is a dollar
 * sign, `$(NAME)` the value of a variable, and unchanged without one.
 */
function expanded(value: string, variables: Readonly<Record<string, string>>): string {
  return value.replace(/\$(\$|\(([^)]*)\))/gs, (reference, opener, name) =>
    opener === "$" ? "$" : (variables[name] ?? reference),
  );
}

/** The environment of a container. Variables see those before them. */
function environment(
  declared: Readonly<Record<string, Text>>,
  secrets: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const variables: Record<string, string> = {};
  for (const { name, value = "", valueFrom } of podVariables({ namespace: "shop" }, declared)) {
    const reference = valueFrom?.secretKeyRef;
    variables[name] = reference ? (secrets[reference.key] ?? "") : expanded(value, variables);
  }
  return variables;
}

const dollars = fc.string({ unit: fc.constantFrom(..."$()aA_\n ") });

test("Kubernetes changes no text, whatever variables there are", () => {
  expect(unexpanded("$HOME $(id) $$ $")).toBe("$HOME $$(id) $$$ $");
  fc.assert(
    fc.property(dollars, (declared) => {
      expect(expanded(unexpanded(declared), { a: "x", A: "y", "": "z" })).toBe(declared);
    }),
  );
});

test("a container gets every declared value, with the values of secrets in it", () => {
  const part = fc.oneof(dollars, fc.constantFrom(secret("one"), secret("two-words")));
  const secrets = { one: "$(A) $$ 1", "two-words": "" };
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom("A", "a", "B"), fc.array(part)), (declared) => {
      const expected = Object.entries(declared).map(([name, value]) => [
        name,
        renderText(value, (key) => secrets[key as keyof typeof secrets]),
      ]);
      expect(environment(declared, secrets)).toMatchObject(Object.fromEntries(expected));
    }),
  );
});

test("a secret is a reference to a key, and a variable before the text that it is part of", () => {
  const reference = { secretKeyRef: { name: "secrets", key: "db-password" } };
  expect(
    podVariables(
      { namespace: "shop" },
      { URL: text`db:${secret("db-password")}@db`, TOKEN: secret("db-password") },
    ),
  ).toEqual([
    { name: "NESTBOX_SECRET_DB_PASSWORD", valueFrom: reference },
    { name: "URL", value: "db:$(NESTBOX_SECRET_DB_PASSWORD)@db" },
    { name: "TOKEN", valueFrom: reference },
  ]);
  expect(podVariables({ namespace: "shop" }, { TOKEN: secret("db-password") })).toEqual([
    { name: "TOKEN", valueFrom: reference },
  ]);
});
