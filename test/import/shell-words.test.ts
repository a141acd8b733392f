import { expect, test } from "@jest/globals";
import { shellWords } from "../../src/import/shell-words.ts";

test.each<[string, readonly string[] | undefined]>([
  ["redis-server  --save ''", ["redis-server", "--save", ""]],
  [`sh -c "echo 'a b' \\"c\\""`, ["sh", "-c", `echo 'a b' "c"`]],
  [`echo a\\ b 'it\\'`, ["echo", "a b", "it\\"]],
  [`echo "a\\b"`, ["echo", "a\\b"]],
  ["", []],
  ["echo 'a", undefined],
])("%s", (text, words) => {
  expect(shellWords(text)).toEqual(words);
});
