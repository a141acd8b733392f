import { type Check, isPlainObject, wrongType } from "../shape.ts";

// Values in compose's form are refused with the same in a declaration. All others are left to the check.

/** A command: compose takes text, too. */
export function wordsNotText(check: Check): Check {
  return (path, value) => {
    if (typeof value !== "string") return check(path, value);
    const isPlain = /^[\w./:=@-]+( [\w./:=@-]+)*$/.test(value);
    return wrongType(
      path,
      value,
      `a list of words: ${listed(isPlain ? value.split(" ") : ["sh", "-c", value])}`,
    );
  };
}

/** Keys of networks or volumes: compose takes an object. */
export function keysNotObject(check: Check): Check {
  return (path, value) =>
    isPlainObject(value)
      ? wrongType(path, value, `a list of keys: ${listed(Object.keys(value))}`)
      : check(path, value);
}

/** Volumes by path: compose takes texts such as "data:/var/lib/data". */
export function mountsNotTexts(check: Check): Check {
  return (path, value) => {
    const [, source = "", target] = /^([^:]+):([^:]+)/.exec(firstText(value)) ?? [];
    if (target === undefined) return check(path, value);
    const mount = /^[\w-]+$/.test(source)
      ? `volumes: { "${target}": "${source}" }`
      : `files: { "${target}": { path: "${source.replace(/^\.\//, "")}" } }, which copies`;
    return wrongType(`${path}[0]`, firstText(value), mount);
  };
}

/** Ports: compose takes texts such as "8080:80". */
export function portsNotTexts(check: Check): Check {
  return (path, value) => {
    const [, host, port] = /^(?:[\d.]+:)?(\d+):(\d+)$/.exec(firstText(value)) ?? [];
    if (port === undefined) return check(path, value);
    return wrongType(`${path}[0]`, firstText(value), `ports: [${port}], publish: { ${port}: ${host} }`);
  };
}

/** The first element of a list of texts. */
function firstText(value: unknown): string {
  const [first] = Array.isArray(value) ? (value as readonly unknown[]) : [];
  return typeof first === "string" ? first : "";
}

function listed(words: readonly string[]): string {
  return `[${words.map((word) => JSON.stringify(word)).join(", ")}]`;
}
