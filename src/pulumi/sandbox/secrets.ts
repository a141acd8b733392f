import * as pulumi from "@pulumi/pulumi";
import { type Text, textParts } from "../../model/text.ts";

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
