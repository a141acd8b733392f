import { createHash } from "node:crypto";

/**
 * GitLab's CI_COMMIT_REF_SLUG: lower case, `-` for every character but a-z and 0-9, cut to 63 characters,
 * without `-` at either end. Source: `slugify` in GitLab's gems/gitlab-utils/lib/gitlab/utils.rb, which
 * counts code points, not UTF-16 units.
 */
export function refSlug(raw: string): string {
  const dashed = raw.toLowerCase().replace(/[^a-z0-9]/gu, "-");
  return dashed.slice(0, 63).replace(/^-+|-+$/g, "");
}

/** The last `length` base-36 digits of the SHA-256 of the text, read as one number. */
export function base36Digest(raw: string, length: number): string {
  const digest = BigInt(`0x${createHash("sha256").update(raw, "utf8").digest("hex")}`);
  return digest.toString(36).slice(-length);
}

const SLUG_LENGTH = 40;

/**
 * A unique name that is legal as a stack, container, network and compose project: the slug, cut to 40
 * characters, and six base-36 digits of the raw name's SHA-256.
 */
export function uniqueName(raw: string): string {
  const slug = refSlug(raw).slice(0, SLUG_LENGTH).replace(/-+$/, "");
  return `${slug === "" ? "x" : slug}-${base36Digest(raw, 6)}`;
}

/** The problem of a name of a sandbox, service, network, volume or job, or undefined for a legal name. */
export function nameProblem(name: string, longest = 40): string | undefined {
  // Every JavaScript object has a property of this name.
  if (name === "constructor") return '"constructor" is reserved in JavaScript; use another name';
  if (/^[a-z]([a-z0-9-]*[a-z0-9])?$/.test(name) && name.length <= longest) return undefined;
  const allowed = `at most ${longest} lower-case letters, digits and dashes, starting with a letter`;
  return `"${name}" is not a legal name; use ${allowed}${suggestion(name, longest)}`;
}

/** Aliases with another target in a job's network. GitLab gives `build` to the job's own container. */
const RESERVED_ALIASES: ReadonlySet<string> = new Set(["build", "localhost"]);

/**
 * The problem of an alias, or undefined for a legal alias. An alias is a DNS label:
 * https://www.rfc-editor.org/rfc/rfc1123#section-2.1
 */
export function aliasProblem(alias: string): string | undefined {
  if (RESERVED_ALIASES.has(alias))
    return `"${alias}" is reserved for the job's own container; use another alias`;
  if (/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/.test(alias) && alias.length <= 63) return undefined;
  const allowed = "at most 63 lower-case letters, digits and dashes";
  return `"${alias}" is not a legal alias; use ${allowed}${suggestion(alias, 63)}`;
}

function suggestion(name: string, longest: number): string {
  const slug = refSlug(name)
    .replace(/^[0-9-]+/, "")
    .slice(0, longest)
    .replace(/-+$/, "");
  return slug === "" || slug === name ? "" : `, for example "${slug}"`;
}
