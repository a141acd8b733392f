/** The name of the variable that an image is, or undefined where it is written out: `IMAGE` of `"$IMAGE"` and `"${IMAGE}"`. */
export function imageVariable(image: string): string | undefined {
  const [, plain, braced] = /^\$(?:([A-Za-z_][A-Za-z0-9_]*)|\{([A-Za-z_][A-Za-z0-9_]*)\})$/.exec(image) ?? [];
  return plain ?? braced;
}
