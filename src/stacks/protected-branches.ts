/**
 * Whether a pattern matches the branch. `*` matches any characters, `/` included. Patterns are
 * case-sensitive, as in GitLab's rules for protected branches:
 * https://docs.gitlab.com/user/project/repository/branches/protected/#use-wildcard-rules
 */
export function isProtectedBranch(branch: string, patterns: readonly string[]): boolean {
  return patterns.some((pattern) => {
    const [first = "", ...rest] = pattern.split("*");
    if (rest.length === 0) return branch === pattern;
    const last = rest.pop() ?? "";
    if (!branch.startsWith(first) || !branch.endsWith(last)) return false;
    let from = first.length;
    for (const part of rest) {
      const found = branch.indexOf(part, from);
      if (found === -1) return false;
      from = found + part.length;
    }
    return from + last.length <= branch.length;
  });
}
