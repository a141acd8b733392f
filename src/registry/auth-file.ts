import { canonicalRegistry, type ImageLocation } from "./image-registry.ts";
import { type Login, loginOf } from "./login.ts";

/** Logins as Docker's config.json, Podman's auth.json and DOCKER_AUTH_CONFIG have them. */
export interface AuthFile {
  /** Entries by registry. Those that a credential helper stands for are empty. */
  readonly auths: Readonly<Record<string, AuthEntry>>;
  /** The credential helper of a registry. */
  readonly credHelpers: Readonly<Record<string, string>>;
  /** The credential helper of all other registries. */
  readonly credsStore?: string;
}

type AuthEntry = Readonly<
  Partial<Record<"auth" | "username" | "password" | "identitytoken" | "registrytoken", string>>
>;

/** @throws Error saying what is wrong, without any of the text, which has passwords in it */
export function parseAuthFile(text: string): AuthFile {
  const { auths = {}, credHelpers = {}, credsStore } = asObject(parseJson(text), "it");
  return {
    auths: Object.fromEntries(
      Object.entries(asObject(auths, "auths")).map(([key, entry]) => [
        key,
        asTexts(entry, `auths["${key}"]`),
      ]),
    ),
    credHelpers: asTexts(credHelpers, "credHelpers"),
    ...(typeof credsStore === "string" && credsStore !== "" && { credsStore }),
  };
}

/**
 * The login for an image. A key may name a part of a registry, as Podman's do: the closest one counts.
 * @throws Error for an entry that cannot be read
 */
export function loginIn({ auths }: AuthFile, image: ImageLocation): Login | undefined {
  const used = Object.fromEntries(Object.entries(auths).filter(([, entry]) => Object.keys(entry).length > 0));
  const key = closestKey(used, image);
  return key === undefined ? undefined : loginOfEntry(used[key] ?? {}, key);
}

/** The name of the credential helper for an image: `pass` for docker-credential-pass. */
export function helperIn(file: AuthFile, image: ImageLocation): string | undefined {
  const key = closestKey(file.credHelpers, image);
  return key === undefined ? file.credsStore : file.credHelpers[key];
}

/** The key that names the registry of an image, or the longest part of its path. */
function closestKey(
  entries: Readonly<Record<string, unknown>>,
  { registry, repository }: ImageLocation,
): string | undefined {
  const name = `${registry}/${repository}/`;
  return Object.keys(entries)
    .map((key) => ({ key, scope: scopeOf(key) }))
    .filter(({ scope }) => name.startsWith(`${scope}/`))
    .sort((one, other) => other.scope.length - one.scope.length || exactness(other) - exactness(one))[0]?.key;
}

function exactness({ key, scope }: { readonly key: string; readonly scope: string }): number {
  return key === scope ? 1 : 0;
}

/** What a key names, without a scheme and the path of the registry's API. */
function scopeOf(key: string): string {
  const hasScheme = /^https?:\/\//.test(key);
  const [host = "", ...path] = key
    .replace(/^https?:\/\//, "")
    .replace(/\/+$/, "")
    .split("/");
  const isApi = hasScheme || /^v[12]$/.test(path.join("/"));
  return [canonicalRegistry(host), ...(isApi ? [] : path)].join("/");
}

function loginOfEntry(entry: AuthEntry, key: string): Login | undefined {
  if (entry.identitytoken) return { identityToken: entry.identitytoken };
  if (entry.registrytoken) return { registryToken: entry.registrytoken };
  if (entry.auth) {
    const [, username, password] =
      /^([^:]+):(.*)$/s.exec(Buffer.from(entry.auth, "base64").toString("utf8")) ?? [];
    if (username === undefined || password === undefined)
      throw new Error(`auths["${key}"].auth is not USERNAME:PASSWORD in base64`);
    // Old versions of docker login filled it up.
    return loginOf(username, password.replace(/\0+$/, ""));
  }
  if (entry.username && entry.password !== undefined) return loginOf(entry.username, entry.password);
  return undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's message quotes the text.
    throw new Error("it is not JSON");
  }
}

function asObject(value: unknown, what: string): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new Error(`${what} is not a JSON object`);
  return value as Readonly<Record<string, unknown>>;
}

/** The texts of an object. Other tools keep other things beside them. */
function asTexts(value: unknown, what: string): Readonly<Record<string, string>> {
  const entries = Object.entries(asObject(value, what));
  const texts = entries.filter((entry): entry is [string, string] => typeof entry[1] === "string");
  return Object.fromEntries(texts.filter(([, text]) => text !== ""));
}
