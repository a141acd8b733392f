import * as pulumi from "@pulumi/pulumi";
import { connectionOf } from "../../model/declaration/references.ts";
import type { Sandbox } from "../../model/declaration/sandbox.ts";
import type { Plan } from "../../model/plan/plan.ts";
import { secretsIn, type Text, textParts } from "../../model/text.ts";
import { SETTINGS_NAMESPACE } from "../../stacks/stack-settings.ts";
import { findSecrets } from "../stack-secrets.ts";

/** The values of secrets, by name. */
export type SecretValues = Readonly<Record<string, pulumi.Input<string>>>;

/** Inserts the secrets into a text. With secrets the result is a secret output, which the state encrypts. */
export type BindText = (text: Text) => pulumi.Input<string>;

/** A function that inserts these values. */
export function bindSecrets(values: SecretValues): BindText {
  return (text) => {
    const parts = textParts(text);
    if (parts.every((part) => typeof part === "string")) return parts.join("");
    const bound = parts.map((part) => (typeof part === "string" ? part : (values[part.secret] ?? "")));
    return pulumi.secret(pulumi.all(bound).apply((pieces) => pieces.join("")));
  };
}

/**
 * The values of a sandbox's secrets, those in the connections of its active services too: the given ones, and
 * the program's for the others.
 * @throws ConfigurationError for a secret without a value
 */
export function sandboxSecrets(
  sandbox: Sandbox,
  { secrets, services }: Plan,
  given: SecretValues = {},
): SecretValues {
  const needed = [...secrets, ...services.flatMap(({ key }) => connectionSecrets(sandbox, key))];
  const others = [...new Set(needed)].filter((name) => given[name] === undefined);
  return { ...findSecrets(others, process.env, configuredSecrets()), ...given };
}

function connectionSecrets({ services }: Sandbox, key: string): readonly string[] {
  const service = services[key];
  return service === undefined ? [] : secretsWithin(connectionOf(key, service));
}

function secretsWithin(value: unknown): readonly string[] {
  if (typeof value !== "object" || value === null) return [];
  if (Array.isArray(value) || "secret" in value) return secretsIn(value as Text);
  return Object.values(value).flatMap(secretsWithin);
}

function configuredSecrets(): Readonly<Record<string, pulumi.Output<string>>> {
  const config = new pulumi.Config(SETTINGS_NAMESPACE);
  const names = Object.keys(config.getObject<Record<string, string>>("secrets") ?? {});
  const values = config.getSecretObject<Record<string, string>>("secrets");
  return Object.fromEntries(
    names.flatMap((name) => (values ? [[name, values.apply((all) => all?.[name] ?? "")]] : [])),
  );
}
