import { afterEach, beforeEach, expect, jest, test } from "@jest/globals";
import { createProgress, formatElapsed, type Progress } from "../../src/terminal/progress.ts";

class Recorder {
  text = "";
  readonly columns = 60;
  readonly isTTY: boolean;

  constructor(isTTY: boolean) {
    this.isTTY = isTTY;
  }

  write(text: string): void {
    this.text += text;
  }
}

beforeEach(() => {
  jest.useFakeTimers();
});

afterEach(() => {
  jest.useRealTimers();
});

function plain(): { stream: Recorder; progress: Progress } {
  const stream = new Recorder(false);
  return { stream, progress: createProgress(stream, {}) };
}

/** A step that ends on request. */
function openStep(progress: Progress, name: string, result = ""): { end: () => Promise<void> } {
  let end = (): void => {};
  const done = progress.step(name, (step) => {
    if (result !== "") step.result(result);
    return new Promise<void>((resolve) => {
      end = resolve;
    });
  });
  return {
    end: () => {
      end();
      return done;
    },
  };
}

test("a step shorter than a second without a result has no line", async () => {
  const { stream, progress } = plain();
  await openStep(progress, "quick").end();
  expect(stream.text).toBe("");
});

test("a short step with a result is one line", async () => {
  const { stream, progress } = plain();
  await openStep(progress, "Image redis", "pulled").end();
  expect(stream.text).toMatch(/^✓ Image redis +0\.0s {2}pulled\n$/);
});

test("a step over a second has a line at its start and one at its end", async () => {
  const { stream, progress } = plain();
  const step = openStep(progress, "Pulumi CLI");
  jest.advanceTimersByTime(999);
  expect(stream.text).toBe("");
  jest.advanceTimersByTime(1);
  expect(stream.text).toBe("… Pulumi CLI\n");
  jest.advanceTimersByTime(61_000);
  await step.end();
  expect(stream.text).toMatch(/^… Pulumi CLI\n✓ Pulumi CLI +1m 02s\n$/);
});

test("a failed step is marked and its error rethrown", async () => {
  const { stream, progress } = plain();
  const failing = progress.step("Docker engine", () => Promise.reject(new Error("no")));
  await expect(failing).rejects.toThrow("no");
  expect(stream.text).toMatch(/^✗ Docker engine/);
});

test("nothing is written after close", () => {
  const { stream, progress } = plain();
  openStep(progress, "left open");
  progress.close();
  jest.advanceTimersByTime(5000);
  expect(stream.text).toBe("");
});

test("a terminal shows live lines within its width and removes them at the end", async () => {
  const stream = new Recorder(true);
  const progress = createProgress(stream, {});
  const step = openStep(progress, "one");
  const work = Promise.withResolvers<void>();
  const other = progress.step("two", (live) => {
    live.detail("x".repeat(200));
    return work.promise;
  });
  jest.advanceTimersByTime(400);
  const lines = screen(stream.text);
  expect(lines).toHaveLength(2);
  expect(lines[1]).toMatch(/^. two .*xxx$/);
  expect(lines[1]?.length).toBeLessThan(60);

  progress.print("printed in between");
  expect(screen(stream.text)[0]).toBe("printed in between");
  jest.advanceTimersByTime(5000);
  work.resolve();
  await Promise.all([step.end(), other]);
  expect(screen(stream.text)).toEqual([
    "printed in between",
    expect.stringMatching(/^✓ /),
    expect.stringMatching(/^✓ /),
  ]);
  expect(stream.text.endsWith("\u001b[?25h")).toBe(true);
});

test.each([
  ["1", false],
  ["", true],
])("with NO_COLOR=%j a terminal gets colours: %s", async (value, expected) => {
  const stream = new Recorder(true);
  await openStep(createProgress(stream, { NO_COLOR: value }), "Image redis", "pulled").end();
  expect(stream.text.includes("\u001b[32m✓")).toBe(expected);
});

test("a terminal that cannot move its cursor gets plain lines, and other streams no colours", async () => {
  const dumb = new Recorder(true);
  await openStep(createProgress(dumb, { TERM: "dumb", NO_COLOR: "1" }), "Image redis", "pulled").end();
  expect(dumb.text).toMatch(/^✓ Image redis +0\.0s {2}pulled\n$/);
  const { stream, progress } = plain();
  progress.done("ready");
  progress.warn("late");
  progress.fail("gone");
  expect(stream.text).toBe("✓ ready\n! late\nerror gone\n");
});

test("times are short and aligned", () => {
  expect([40, 12_340, 59_990, 125_000].map(formatElapsed)).toEqual(["0.0s", "12.3s", "1m 00s", "2m 05s"]);
});

/** The screen of a terminal after a text. It supports only the control sequences of a progress display. */
function screen(text: string): readonly string[] {
  let lines: string[] = [];
  let line = "";
  for (const [position, part] of text.replaceAll("\r", "").split("\u001b[").entries()) {
    const [, sequence = "", letter = "", rest = ""] = /^([?\d]*)([A-Za-z])([\s\S]*)$/.exec(part) ?? [];
    if (letter === "A") lines = lines.slice(0, lines.length - Number(sequence));
    for (const [index, text] of (position === 0 ? part : rest).split("\n").entries()) {
      if (index > 0) {
        lines.push(line);
        line = "";
      }
      line += text;
    }
  }
  return lines;
}

test("a wait is a line without a terminal, and a detail on a terminal", async () => {
  const { stream, progress } = plain();
  await progress.step("container runner", async ({ waiting }) => {
    waiting("draining: 2 jobs running");
    waiting("draining: 1 job running");
  });
  expect(stream.text).toMatch(
    /^… container runner +draining: 2 jobs running\n… container runner +draining: 1 job running\n$/,
  );
});
