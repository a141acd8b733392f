/** The differences between two texts as a unified diff, without colour. An empty text when they are equal. */
export async function unifiedDiff(
  oldName: string,
  newName: string,
  oldText: string,
  newText: string,
): Promise<string> {
  if (oldText === newText) return "";
  // Loaded here: mostly nothing differs.
  const { createTwoFilesPatch } = await import("diff");
  const patch = createTwoFilesPatch(oldName, newName, oldText, newText, undefined, undefined, { context: 3 });
  // Without the line of equals signs before the names.
  return patch.slice(patch.indexOf("---")).replace(/\n$/, "");
}
