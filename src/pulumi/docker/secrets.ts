import * as pulumi from "@pulumi/pulumi";
import type { DockerService } from "../../docker/lowering/service.ts";
import { ConfigurationError } from "../../model/problem.ts";
import { secretsIn, type Text, textParts } from "../../model/text.ts";

/** Values of secrets by name. */
export type SecretValues = Readonly<Record<string, pulumi.Input<string>>>;

/** Gives a text with its secrets bound: a plain string, or a secret output that the state holds encrypted. */
export type BindText = (text: Text) => pulumi.Input<string>;

/** @throws ConfigurationError when a secret that one of the services needs has no value */
export function requireSecrets(services: readonly DockerService[], values: SecretValues): void {
  const texts = services.flatMap(({ body, files }) => [
    ...body.Env,
    ...files.flatMap(({ source }) => ("content" in source ? [source.content] : [])),
  ]);
  const missing = texts.flatMap(secretsIn).find((name) => values[name] === undefined);
  if (missing === undefined) return;
  throw new ConfigurationError(`no value for the secret "${missing}"; give it one in "secrets"`);
}

/** Binds secrets to their values. See {@link requireSecrets} for those that have none. */
export function bindSecrets(values: SecretValues): BindText {
  return (text) => {
    const parts = textParts(text);
    if (parts.every((part) => typeof part === "string")) return parts.join("");
    const bound = parts.map((part) => (typeof part === "string" ? part : (values[part.secret] ?? "")));
    return pulumi.secret(pulumi.all(bound).apply((pieces) => pieces.join("")));
  };
}
