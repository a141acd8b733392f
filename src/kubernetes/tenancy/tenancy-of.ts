import { insideNamespace } from "./inside-namespace.ts";
import { OWN_NAMESPACES } from "./own-namespaces.ts";
import type { Tenancy } from "./tenancy.ts";

/** The tenancy that the settings of a project choose. */
export function tenancyOf({ namespace }: { readonly namespace?: string | undefined }): Tenancy {
  return namespace === undefined ? OWN_NAMESPACES : insideNamespace(namespace);
}
