/**
 * Expands a variable's value as gitlab-runner does: Go's os.Expand, where `$$` is a dollar
 * (common/spec/variables.go). A double of the runner.
 */
export function expandAsRunner(value: string, variables: Readonly<Record<string, string>> = {}): string {
  return value.replace(/\$(?:\{([^}]*)\}|([A-Za-z_][A-Za-z0-9_]*)|(.)|$)/gsu, (_, braced, name, special) => {
    if (special === "$") return "$";
    return variables[braced ?? name ?? ""] ?? "";
  });
}
