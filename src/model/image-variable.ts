/** The variable of an image: `IMAGE` for `"$IMAGE"` and `"${IMAGE}"`. Undefined for an image reference. */
export function imageVariable(image: string): string | undefined {
  const [, plain, braced] = /^\$(?:([A-Za-z_][A-Za-z0-9_]*)|\{([A-Za-z_][A-Za-z0-9_]*)\})$/.exec(image) ?? [];
  return plain ?? braced;
}

/** An image name that does not exist and names the unset variable. */
export function unsetImageName(variable: string): string {
  return `${variable.toLowerCase().replace(/_+/g, "-").replace(/^-|-$/g, "")}-is-not-set`;
}
