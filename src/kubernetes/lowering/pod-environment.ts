import { secretVariable } from "../../model/secret-variable.ts";
import { type Environment, secretsIn, type Text, textParts } from "../../model/text.ts";
import type { PodVariable } from "./manifest.ts";
import { nameIn, type SandboxScope } from "./sandbox-scope.ts";

/** The Secret of a sandbox, within it: a key for each of its secrets, which has the secret's name. */
export const SECRET_NAME = "secrets";

/**
 * The variables of a container. A text with secrets in it refers to variables of the secrets, which come
 * before it.
 */
export function podVariables(scope: SandboxScope, env: Environment): readonly PodVariable[] {
  const secretValue = (name: string, key: string) => ({
    name,
    valueFrom: { secretKeyRef: { name: nameIn(scope, SECRET_NAME), key } },
  });
  const mixed = Object.values(env).filter((value) => !isSecret(value));
  const secrets = [...new Set(mixed.flatMap(secretsIn))];
  return [
    ...secrets.map((name) => secretValue(secretVariable(name), name)),
    ...Object.entries(env).map(([name, value]) =>
      isSecret(value) ? secretValue(name, value.secret) : { name, value: expandable(value) },
    ),
  ];
}

function isSecret(value: Text): value is Extract<Text, { readonly secret: string }> {
  return typeof value === "object" && "secret" in value;
}

/**
 * A text that Kubernetes does not change, in a value, an argument or a probe's command. It expands `$(NAME)`
 * and makes one dollar sign of two: k8s.io/kubernetes/third_party/forked/golang/expansion
 */
export function unexpanded(text: string): string {
  return text.replace(/\$(?=[$(])/g, "$$$$");
}

/** The value of a text, with a reference to its variable in place of each secret. */
function expandable(value: Text): string {
  // A dollar sign before a reference would escape it.
  return textParts(value)
    .map((part, index, parts) =>
      typeof part === "object"
        ? `$(${secretVariable(part.secret)})`
        : unexpanded(part).replace(/\$$/, index < parts.length - 1 ? "$$$$" : "$$"),
    )
    .join("");
}
