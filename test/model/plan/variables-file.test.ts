import { expect, test } from "@jest/globals";
import { readVariablesFile } from "../../../src/model/plan/variables-file.ts";

const read = (content: string) => readVariablesFile("image.jobs.build.variablesFile", content);

test("a line is a variable, taken as it is, like GitLab does", () => {
  expect(read('A=1\nB_2=a=b "c" $D # e\n C = d \nEMPTY=\n')).toEqual({
    A: "1",
    B_2: 'a=b "c" $D # e',
    C: "d",
    EMPTY: "",
  });
  expect(read("A=1")).toEqual({ A: "1" });
  expect(read("")).toEqual({});
});

test.each([
  ["an empty line", "A=1\n\nB=2\n", 2],
  ["a comment", "# A=1\n", 1],
  ["a word", "A=1\nsecret-word\n", 2],
  ["a name that is none", "A-B=secret-word\n", 1],
])("%s is refused, without a word of what stands there", (_, content, line) => {
  expect(() => read(content)).toThrow(
    `image.jobs.build.variablesFile: line ${line} of the file is not NAME=value; write nothing else`,
  );
  expect(() => read(content)).not.toThrow("secret-word");
});

test("more than GitLab takes is refused", () => {
  expect(read(`A=${"x".repeat(5 * 1024 - 2)}`).A).toHaveLength(5 * 1024 - 2);
  expect(() => read(`A=${"x".repeat(5 * 1024 - 1)}`)).toThrow("more than 5 KiB");
});
