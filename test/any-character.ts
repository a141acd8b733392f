import fc from "fast-check";

/** The code points of the halves of surrogate pairs, which are no characters. */
const SURROGATES = { first: 0xd800, count: 0x800 };

/**
 * Any character of Unicode, as the `unit` of a string. fast-check's own one, "binary", first fills a table of
 * them all, which takes a second in each file.
 */
export const ANY_CHARACTER = fc.nat(0x10ffff - SURROGATES.count).map(
  (index) => String.fromCodePoint(index < SURROGATES.first ? index : index + SURROGATES.count),
  (character) => indexOf(String(character)),
);

/** @throws for a string that is no single character, by which fast-check knows that it made none of it */
function indexOf(character: string): number {
  const codePoint = character.codePointAt(0) ?? Number.NaN;
  const index = codePoint < SURROGATES.first ? codePoint : codePoint - SURROGATES.count;
  if (String.fromCodePoint(codePoint) !== character) throw new RangeError(`${character}: not one character`);
  return index;
}
