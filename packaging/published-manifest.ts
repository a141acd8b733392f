/** The fields of a package.json in this repository that its published one is made of. */
export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly license: string;
  readonly type: string;
  readonly bin?: Entries;
  readonly exports: Entries;
  readonly imports?: Entries;
  readonly dependencies: Entries;
  readonly peerDependencies?: Entries;
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional: boolean }>>;
}

/** What a condition of an entry leads to. */
interface Typed {
  readonly types: string;
  readonly default: string;
}

type Entries = Readonly<Record<string, string>>;

/** The folder of the emitted files in a published package. */
export const OUTPUT = "dist";

/** The first Node that runs declarations in TypeScript. */
const ENGINES = { node: ">=22.18" };

/**
 * The package.json of a published package. Paths of sources become paths of emitted files, so that both have
 * the same entries.
 * @param sources the folder with the sources, which OUTPUT mirrors: "./src"
 * @param commonJs the entries that `require` gets in CommonJS: "./catalog"
 */
export function publishedManifest(manifest: Manifest, sources: string, commonJs: readonly string[]) {
  const { name, version, description, license, type, bin, exports, imports } = manifest;
  const { dependencies, peerDependencies, peerDependenciesMeta } = manifest;
  const published = (path: string) => path.replace(`${sources}/`, `./${OUTPUT}/`).replace(/\.ts$/, ".js");
  const typed = (file: string): Typed => ({
    types: file.replace(/\.(c?)js$/, ".d.$1ts"),
    default: file,
  });
  return {
    ...{ name, version, description, license, type, engines: ENGINES },
    ...(bin && { bin: mapValues(bin, (path) => published(path).slice("./".length)) }),
    exports: mapValues(exports, (path, entry): Typed & { readonly require?: Typed } => ({
      ...(commonJs.includes(entry) && { require: typed(published(path).replace(/\.js$/, ".cjs")) }),
      ...typed(published(path)),
    })),
    ...(imports && { imports: mapValues(imports, published) }),
    ...{ dependencies, peerDependencies, peerDependenciesMeta },
  };
}

function mapValues<Value>(
  entries: Entries,
  change: (value: string, key: string) => Value,
): Record<string, Value> {
  return Object.fromEntries(Object.entries(entries).map(([key, value]) => [key, change(value, key)]));
}
