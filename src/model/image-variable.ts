/** The variable that an image is: `IMAGE` of `"$IMAGE"` and `"${IMAGE}"`. Undefined for a reference. */
export function imageVariable(image: string): string | undefined {
  const [, plain, braced] = /^\$(?:([A-Za-z_][A-Za-z0-9_]*)|\{([A-Za-z_][A-Za-z0-9_]*)\})$/.exec(image) ?? [];
  return plain ?? braced;
}
