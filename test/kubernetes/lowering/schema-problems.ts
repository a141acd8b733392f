import ts from "typescript";

/** The module of kubernetes-types with the type of each kind. */
const MODULES: Readonly<Record<string, string>> = {
  Namespace: "core",
  ResourceQuota: "core",
  LimitRange: "core",
  PersistentVolumeClaim: "core",
  ConfigMap: "core",
  Service: "core",
  Deployment: "apps",
  Job: "batch",
  NetworkPolicy: "networking",
};

/**
 * The differences of manifests from the types of the Kubernetes API. Each is checked as an object literal,
 * where TypeScript reports unknown properties at every depth.
 */
export function schemaProblems(manifests: readonly { readonly kind?: string }[]): readonly string[] {
  const source = manifests
    .map((manifest, index) => {
      const { kind = "" } = manifest;
      const module = `kubernetes-types/${MODULES[kind]}/v1.js`;
      return `export const m${index}: import("${module}").${kind} = ${JSON.stringify(manifest)};`;
    })
    .join("\n");
  const file = `${__dirname}/manifests-to-check.ts`;
  const options: ts.CompilerOptions = {
    strict: true,
    noEmit: true,
    module: ts.ModuleKind.NodeNext,
    types: [],
    lib: ["lib.es2024.d.ts"],
    skipLibCheck: true,
  };
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists, readFile } = host;
  host.getSourceFile = (name, ...others) =>
    name === file
      ? ts.createSourceFile(name, source, ts.ScriptTarget.ES2024)
      : getSourceFile(name, ...others);
  host.fileExists = (name) => name === file || fileExists(name);
  host.readFile = (name) => (name === file ? source : readFile(name));
  const program = ts.createProgram([file], options, host);
  return ts
    .getPreEmitDiagnostics(program)
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n"));
}
