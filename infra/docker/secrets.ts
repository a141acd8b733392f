import * as pulumi from "@pulumi/pulumi";
import { type Text, textParts } from "../../sandboxes/model/text.ts";

/** Values of secrets by name. */
export type SecretValues = Readonly<Record<string, pulumi.Input<string>>>;

/** Gives a text with its secrets bound: a plain string, or a secret output that the state holds encrypted. */
export type BindText = (text: Text) => pulumi.Input<string>;

/** Binds secrets to their values. Asking for one that has none is a mistake of the caller, who knows what a plan needs. */
export function bindSecrets(values: SecretValues): BindText {
  return (text) => {
    const parts = textParts(text);
    if (parts.every((part) => typeof part === "string")) return parts.join("");
    const bound = parts.map((part) => (typeof part === "string" ? part : (values[part.secret] ?? "")));
    return pulumi.secret(pulumi.all(bound).apply((pieces) => pieces.join("")));
  };
}
