import { resolve } from "node:path";
import ts from "typescript";

const ROOT = resolve(__dirname, "..");

/** The errors of the compiler in each of these modules of a folder, with the project's own settings. */
export function compileErrors(folder: string, modules: readonly string[]): readonly (readonly string[])[] {
  const sources = new Map(modules.map((text, index) => [resolve(folder, `module-${index}.ts`), text]));
  const settings = ts.readConfigFile(resolve(ROOT, "tsconfig.json"), ts.sys.readFile).config;
  const { options } = ts.parseJsonConfigFileContent(
    { ...settings, include: [], files: [...sources.keys()] },
    ts.sys,
    ROOT,
  );
  const host = ts.createCompilerHost(options);
  const { readFile, fileExists, getSourceFile } = host;
  host.readFile = (file) => sources.get(file) ?? readFile(file);
  host.fileExists = (file) => sources.has(file) || fileExists(file);
  host.getSourceFile = (file, languageVersion) => {
    const source = sources.get(file);
    return source === undefined
      ? getSourceFile(file, languageVersion)
      : ts.createSourceFile(file, source, languageVersion);
  };
  const program = ts.createProgram([...sources.keys()], options, host);
  return [...sources.keys()].map((file) => {
    const source = program.getSourceFile(file);
    return (
      [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)]
        // A misspelt reference also counts as an unused one.
        .filter(({ code }) => code !== 6133)
        .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n"))
    );
  });
}
