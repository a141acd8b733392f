import type { OutgoingHttpHeaders } from "node:http";
import type { Impersonation } from "./kubeconfig.ts";

/** The headers of a request by which the API server takes its user for another one. */
export function impersonationHeaders(impersonation: Impersonation | undefined): OutgoingHttpHeaders {
  if (impersonation === undefined) return {};
  const { user, uid, groups, extra } = impersonation;
  return {
    "impersonate-user": utf8(user),
    ...(uid !== undefined && { "impersonate-uid": utf8(uid) }),
    ...(groups.length > 0 && { "impersonate-group": groups.map(utf8) }),
    ...Object.fromEntries(
      Object.entries(extra).map(([key, values]) => [`impersonate-extra-${escaped(key)}`, values.map(utf8)]),
    ),
  };
}

/** Node writes each character of a header as one byte. */
function utf8(value: string): string {
  return Buffer.from(value).toString("latin1");
}

/** A key such as `example.com/team`, with the characters that a header's name cannot have as `%2F`. */
function escaped(key: string): string {
  return encodeURIComponent(key).replaceAll("(", "%28").replaceAll(")", "%29");
}
