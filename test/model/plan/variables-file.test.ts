import { expect, test } from "@jest/globals";
import { readVariablesFile } from "../../../src/model/plan/variables-file.ts";

const read = (content: string) => readVariablesFile("image.jobs.build.variablesFile", content);

test("each line is a variable with its exact value, as in GitLab", () => {
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
  ["an illegal name", "A-B=secret-word\n", 1],
])("%s is refused, and the error does not contain the value", (_, content, line) => {
  expect(() => read(content)).toThrow(
    `image.jobs.build.variablesFile: line ${line} of the file is not NAME=value; write one variable a line`,
  );
  expect(() => read(content)).not.toThrow("secret-word");
});

test("a file above GitLab's size limit is refused", () => {
  expect(read(`A=${"x".repeat(5 * 1024 - 2)}`).A).toHaveLength(5 * 1024 - 2);
  expect(() => read(`A=${"x".repeat(5 * 1024 - 1)}`)).toThrow("exceeds GitLab's limit of 5 KiB");
});
