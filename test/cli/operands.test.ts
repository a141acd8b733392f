import { expect, test } from "@jest/globals";
import { splitAtDashes, withOptionalFile } from "../../src/cli/operands.ts";

const MOST = { withCommand: 1, alone: 2 };

/** The operands of a whole command line, as commander gives them: without options and `--`. */
function split(...words: readonly string[]) {
  return splitAtDashes(
    words.slice(1).filter((word) => word !== "--"),
    words,
    MOST,
  );
}

test("the command follows after the dashes, whatever is in it", () => {
  expect(split("run", "shop", "--", "ls", "-l")).toEqual({ named: ["shop"], command: ["ls", "-l"] });
  expect(split("run", "--", "ls")).toEqual({ named: [], command: ["ls"] });
  expect(split("run", "shop", "job")).toEqual({ named: ["shop", "job"] });
});

test.each([
  [["run", "shop", "job", "--", "ls"], "job: is one word too many; a command follows after --"],
  [["run", "shop", "job", "ls"], "ls: is one word too many; a command follows after --"],
  [["run", "shop", "--"], "--: no command follows; write it, or leave out --"],
])("%j is refused", (words, message) => {
  expect(() => split(...words)).toThrow(message);
});

test("an option takes the next word only if that is its file", () => {
  const words = (line: string) => withOptionalFile(line.split(" "), "--timings", ".json").join(" ");
  expect(words("run --timings shop")).toBe("run --timings= shop");
  expect(words("run --timings t.json shop")).toBe("run --timings t.json shop");
  expect(words("run shop --timings -- node t.json")).toBe("run shop --timings= -- node t.json");
  expect(words("run shop --timings")).toBe("run shop --timings=");
  expect(words("run shop -- bench --timings all")).toBe("run shop -- bench --timings all");
});
