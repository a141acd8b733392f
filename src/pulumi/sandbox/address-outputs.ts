import * as pulumi from "@pulumi/pulumi";
import type { ServiceReference } from "../../model/declaration/service.ts";
import type { Rendered, Text } from "../../model/text.ts";
import { ProgramError } from "../program-error.ts";
import type { BindText } from "./secrets.ts";

/**
 * Host, port and connection values of a service at one address, as `env` functions have them. They resolve
 * once the service is ready. Values with a secret are secret outputs.
 */
export type AddressOutputs<Offered = unknown> = {
  readonly [Key in keyof ServiceReference<Offered>]: pulumi.Output<Rendered<ServiceReference<Offered>[Key]>>;
};

/** An output for each of these values. */
export function boundOutputs(
  names: readonly string[],
  values: pulumi.Output<object>,
  bind: BindText,
): Record<string, pulumi.Output<unknown>> {
  const bound = (name: string) =>
    values.apply((found) => boundValue(found[name as keyof typeof found], bind));
  return Object.fromEntries(names.map((name) => [name, bound(name)]));
}

/** Makes a property throw when it is read. It is not enumerated, so that the rest may be a stack's output. */
export function missing<Part>(part: object, property: string, message: string): Part {
  const get = () => {
    throw new ProgramError(message);
  };
  return Object.defineProperty(part, property, { get, enumerable: false }) as Part;
}

/** Makes the port of a service without ports throw when it is read. */
export function missingPort(part: object, place: string): void {
  missing(part, "port", `${place}: has no port; add "ports", for example [8080]`);
}

/** Makes the variables of a raw image that declares none throw when they are read. */
export function missingVariables<Part extends object>(part: Part, place: string): Part {
  if ("variables" in part) return part;
  return missing(part, "variables", `${place}: has no variables; add "variables" to the service`);
}

/** A value of a connection, with its secrets inserted. */
function boundValue(value: unknown, bind: BindText): pulumi.Input<unknown> {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value) || "secret" in value) return bind(value as Text);
  return pulumi.all(
    Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, boundValue(inner, bind)])),
  );
}
