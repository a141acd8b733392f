/**
 * The images that a Dockerfile starts from, each once. Left out are its own stages, `scratch`, and names with
 * variables that nothing here has a value for.
 * @param args the build's values of `ARG`
 */
export function baseImages(dockerfile: string, args: Readonly<Record<string, string>>): readonly string[] {
  const values = new Map(Object.entries(args));
  const stages = new Set(["scratch"]);
  const bases = new Set<string>();
  for (const line of dockerfile.replace(/\\\r?\n/g, " ").split(/\r?\n/)) {
    const [, name, byDefault] = /^\s*ARG\s+(\w+)(?:=["']?(.*?)["']?)?\s*$/i.exec(line) ?? [];
    // Those after the first stage are no part of FROM.
    if (name !== undefined && stages.size === 1 && bases.size === 0 && !values.has(name))
      values.set(name, byDefault ?? "");
    const [, source, stage] = /^\s*FROM\s+(?:--\S+\s+)*(\S+)(?:\s+AS\s+(\S+))?\s*$/i.exec(line) ?? [];
    if (source === undefined) continue;
    const base = expanded(source, values);
    if (base !== undefined && !stages.has(base.toLowerCase())) bases.add(base);
    if (stage !== undefined) stages.add(stage.toLowerCase());
  }
  return [...bases];
}

/** A name with the values of its variables; undefined if one has none. */
function expanded(source: string, values: ReadonlyMap<string, string>): string | undefined {
  let isKnown = true;
  const name = source.replace(/\$(?:(\w+)|\{(\w+)(?::-([^}]*))?\})/g, (_, plain, braced, otherwise) => {
    const value = values.get(plain ?? braced) || otherwise;
    isKnown &&= Boolean(value);
    return value ?? "";
  });
  return isKnown && !name.includes("$") ? name : undefined;
}
