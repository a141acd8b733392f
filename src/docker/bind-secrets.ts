import { renderText } from "../model/text.ts";
import type { ContainerBody } from "./lowering/container.ts";

/** A body of `POST /containers/create` with the values of its secrets. */
export type BoundBody = Omit<ContainerBody, "Env"> & { readonly Env: readonly string[] };

/** Binds the secrets of a container to their values. */
export function bindSecrets(body: ContainerBody, secrets: Readonly<Record<string, string>>): BoundBody {
  return { ...body, Env: body.Env.map((variable) => renderText(variable, (name) => secrets[name] ?? "")) };
}
