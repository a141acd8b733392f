/** The variable of an image: `IMAGE` for `"$IMAGE"` and `"${IMAGE}"`. Undefined for an image reference. */
export function imageVariable(image: string): string | undefined {
  const [, plain, braced] = /^\$(?:([A-Za-z_][A-Za-z0-9_]*)|\{([A-Za-z_][A-Za-z0-9_]*)\})$/.exec(image) ?? [];
  return plain ?? braced;
}
