import { LABEL, type Labels } from "../../model/labels.ts";
import { base36Digest } from "../../model/names.ts";

/**
 * Where the objects of a sandbox are: alone in a namespace of their own, or beside others in one that exists.
 * Their names, labels, policies, queries and removal follow from it.
 */
export interface SandboxScope {
  readonly namespace: string;
  /** The sandbox's name among others in the namespace. @default none: the namespace is its own */
  readonly instance?: string;
}

/** The longest name of each kind of object: https://www.rfc-editor.org/rfc/rfc1035#section-2.3.1 */
const LONGEST = 63;

/** With it, the name of the root is not cut: a state export is searched for it. */
const LONGEST_INSTANCE = LONGEST - "-default-deny".length;

/** The name of a sandbox's object in its namespace. */
export function nameIn({ instance }: SandboxScope, name: string): string {
  if (instance === undefined) return name;
  return cut(`${instance}-${name}`, LONGEST);
}

/** A name that is unique and not longer. */
function cut(name: string, longest: number): string {
  if (name.length <= longest) return name;
  const digits = base36Digest(name, 6);
  return `${name.slice(0, longest - digits.length - 1).replace(/-+$/, "")}-${digits}`;
}

/** The labels that exactly the objects of a sandbox have in its namespace. */
export function scopeLabels({ instance }: SandboxScope): Labels {
  return instance === undefined ? {} : { [LABEL.instance]: instance };
}

/** The name of a sandbox in its cluster: that of its namespace, or `NAMESPACE/INSTANCE`. */
export function scopeName({ namespace, instance }: SandboxScope): string {
  return instance === undefined ? namespace : `${namespace}/${instance}`;
}

/** The scope of such a name. */
export function scopeNamed(name: string): SandboxScope {
  const [namespace = "", instance] = name.split("/");
  return { namespace, ...(instance !== undefined && { instance }) };
}

/**
 * The scope of a new sandbox.
 * @param name the name of its namespace, or its own in the namespace that the settings name
 */
export function scopeIn(
  { namespace }: { readonly namespace?: string | undefined },
  name: string,
): SandboxScope {
  if (namespace === undefined) return { namespace: name };
  // Names of Services start with a letter.
  return { namespace, instance: cut(/^[a-z]/.test(name) ? name : `s${name}`, LONGEST_INSTANCE) };
}
