import * as pulumi from "@pulumi/pulumi";
import type { DockerService } from "../../docker/lowering/lower-service.ts";
import { ConfigurationError } from "../../model/problem.ts";
import { secretsIn, type Text, textParts } from "../../model/text.ts";

/** The values of secrets, by name. */
export type SecretValues = Readonly<Record<string, pulumi.Input<string>>>;

/** Inserts the secrets into a text. With secrets the result is a secret output, which the state encrypts. */
export type BindText = (text: Text) => pulumi.Input<string>;

/** @throws ConfigurationError for a secret of the services without a value */
export function requireSecrets(services: readonly DockerService[], values: SecretValues): void {
  const texts = services.flatMap(({ body, files }) => [
    ...body.Env,
    ...files.flatMap(({ source }) => ("content" in source ? [source.content] : [])),
  ]);
  const missing = texts.flatMap(secretsIn).find((name) => values[name] === undefined);
  if (missing === undefined) return;
  throw new ConfigurationError(`no value for the secret "${missing}"; set it in "secrets"`);
}

/** A function that inserts these values. Check for missing ones with {@link requireSecrets} first. */
export function bindSecrets(values: SecretValues): BindText {
  return (text) => {
    const parts = textParts(text);
    if (parts.every((part) => typeof part === "string")) return parts.join("");
    const bound = parts.map((part) => (typeof part === "string" ? part : (values[part.secret] ?? "")));
    return pulumi.secret(pulumi.all(bound).apply((pieces) => pieces.join("")));
  };
}
