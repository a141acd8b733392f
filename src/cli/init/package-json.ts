/** What `nestbox init` adds to a package.json. */
export interface Additions {
  readonly scripts: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
  /** Settings of the key `nestbox`. @default none */
  readonly nestbox?: Readonly<Record<string, string>>;
}

type Manifest = Readonly<Record<string, unknown>>;
type Entries = Readonly<Record<string, string>>;

/** The fields of dependencies, before which npm's own template has the scripts. */
const DEPENDENCIES = ["dependencies", "devDependencies", "peerDependencies", "optionalDependencies"];

/** The text of a new package.json. */
export function newManifest(additions: Additions, type: string | undefined): string {
  const base = { private: true, ...(type !== undefined && { type }) };
  return `${JSON.stringify(withAdditions(base, additions), undefined, 2)}\n`;
}

/**
 * A package.json with additions. Keeps what is there: a script or dependency of the same name, the order, the
 * indentation, the line ends and a byte order mark.
 */
export function extendedManifest(text: string, additions: Additions): string {
  const [, mark = "", json = ""] = /^(\uFEFF?)([\s\S]*)$/.exec(text) ?? [];
  const [indentation = "  "] = /(?<=^\s*\{\r?\n)[ \t]+/.exec(json) ?? [];
  const [end = ""] = /\s*$/.exec(json) ?? [];
  const before = JSON.parse(json) as Manifest;
  const after = withAdditions(before, additions);
  if (JSON.stringify(after) === JSON.stringify(before)) return text;
  const lines = JSON.stringify(after, undefined, indentation);
  return mark + (json.includes("\r\n") ? lines.replaceAll("\n", "\r\n") : lines) + end;
}

function withAdditions(
  manifest: Manifest,
  { scripts: newScripts, devDependencies, nestbox = {} }: Additions,
): Manifest {
  const known = new Set(DEPENDENCIES.flatMap((field) => Object.keys(entriesIn(manifest, field))));
  const missing = Object.entries(devDependencies).filter(([name]) => !known.has(name));
  const scripts = { ...newScripts, ...entriesIn(manifest, "scripts") };
  const settings = { ...nestbox, ...entriesIn(manifest, "nestbox") };
  const withSettings =
    Object.keys(nestbox).length === 0 ? manifest : withField(manifest, "nestbox", settings);
  const withScripts = withField(withSettings, "scripts", scripts);
  if (missing.length === 0) return withScripts;
  // npm sorts dependencies by name.
  const all = { ...entriesIn(manifest, "devDependencies"), ...Object.fromEntries(missing) };
  const sorted = Object.entries(all).sort(([one], [other]) => (one < other ? -1 : 1));
  return { ...withScripts, devDependencies: Object.fromEntries(sorted) };
}

/** A manifest with a field in its present place, or if it is new, before the dependencies. */
function withField(manifest: Manifest, name: string, value: Entries): Manifest {
  if (name in manifest) return { ...manifest, [name]: { ...entriesIn(manifest, name), ...value } };
  const fields = Object.entries(manifest);
  const at = fields.findIndex(([field]) => DEPENDENCIES.includes(field));
  return Object.fromEntries(fields.toSpliced(at < 0 ? fields.length : at, 0, [name, value]));
}

function entriesIn(manifest: Manifest, field: string): Entries {
  return Object(manifest[field]) as Entries;
}
