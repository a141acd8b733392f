import { createColors } from "picocolors";
import { mayColour } from "./colors.ts";

/** What a step may say about itself while it works. */
export interface Step {
  /** Says what is going on right now: "12 of 40 packages". Shown live on a terminal, nowhere else. */
  detail(text: string): void;
  /**
   * Says what it waits for when that may take minutes: a detail on a terminal, elsewhere a line each time.
   */
  waiting(text: string): void;
  /**
   * Says what came of it: "Docker 26.1.5". Shown at the end; a step that says so is shown however short it
   * was.
   */
  result(text: string): void;
}

/** Tells a person what is going on. Steps may run side by side; each has a name, a state and a time. */
export interface Progress {
  /**
   * Runs `work` as a step. Elsewhere than on a terminal, a step is announced once it takes over a second, and
   * its end is told then; a shorter one without a result is not worth a line anywhere. A failure ends the
   * step's line with ✗ and is thrown on.
   */
  step<Result>(name: string, work: (step: Step) => Promise<Result>): Promise<Result>;
  /** Writes lines between the steps without disturbing the live ones. */
  print(text: string): void;
  /** Removes the live lines and the timer; for the way out, also the sudden one. May be called twice. */
  close(): void;
}

/** The part of a stream that a progress needs; `process.stderr` is one. */
export interface ProgressStream {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

interface LiveStep {
  readonly name: string;
  readonly started: number;
  detail: string;
  result: string;
}

/** A step shorter than this, in milliseconds, is not worth a line unless it has a result. */
const WORTH_A_LINE = 1000;
/** Milliseconds between two pictures of the live lines. */
const FRAME = 100;
const SPINNER = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
const HIDE_CURSOR = "\u001b[?25l";
const SHOW_CURSOR = "\u001b[?25h";
const CLEAR_BELOW = "\u001b[0J";

/** Makes a progress on a stream, by default stderr: live lines on a terminal, plain ones elsewhere. */
export function createProgress(stream: ProgressStream = process.stderr): Progress {
  const isTerminal = stream.isTTY === true && process.env.TERM !== "dumb";
  return isTerminal ? liveProgress(stream) : plainProgress(stream);
}

/** "0.4s", "12.0s", "2m 05s" */
export function formatElapsed(milliseconds: number): string {
  const seconds = milliseconds / 1000;
  if (seconds < 59.95) return `${seconds.toFixed(1)}s`;
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)}m ${String(whole % 60).padStart(2, "0")}s`;
}

function plainProgress(stream: ProgressStream): Progress {
  const timers = new Set<NodeJS.Timeout>();
  const print = (text: string): void => void stream.write(`${text}\n`);
  return {
    print,
    close() {
      for (const timer of timers) clearTimeout(timer);
      timers.clear();
    },
    async step(name, work) {
      const live: LiveStep = { name, started: performance.now(), detail: "", result: "" };
      let announced = false;
      const timer = setTimeout(() => {
        announced = true;
        print(`… ${name}`);
      }, WORTH_A_LINE);
      timers.add(timer);
      try {
        const tell = (text: string) => print(`… ${padName(name)}  ${text}`);
        const result = await work({ ...reporterOf(live), waiting: tell });
        if (announced || live.result !== "") print(`✓ ${columnsOf(live)}`);
        return result;
      } catch (error) {
        print(`✗ ${columnsOf(live)}`);
        throw error;
      } finally {
        clearTimeout(timer);
        timers.delete(timer);
      }
    },
  };
}

function liveProgress(stream: ProgressStream): Progress {
  const colors = createColors(mayColour());
  const running = new Set<LiveStep>();
  let drawnLines = 0;
  let timer: NodeJS.Timeout | undefined;

  const eraseLines = (): string => (drawnLines === 0 ? "" : `\u001b[${drawnLines}A\r${CLEAR_BELOW}`);

  const draw = (above = ""): void => {
    const now = performance.now();
    const shown = [...running].filter((step) => now - step.started > FRAME);
    const frame = SPINNER[Math.floor(now / FRAME) % SPINNER.length] ?? "";
    const lines = shown.map((step) => {
      const line = `${padName(step.name)}  ${formatElapsed(now - step.started).padStart(7)}  ${step.detail}`;
      return `${colors.cyan(frame)} ${line.trimEnd().slice(0, (stream.columns ?? 80) - 3)}\n`;
    });
    const picture = eraseLines() + above + lines.join("");
    if (picture !== "") stream.write(picture);
    drawnLines = lines.length;
  };
  const start = (): void => {
    if (timer !== undefined) return;
    stream.write(HIDE_CURSOR);
    timer = setInterval(draw, FRAME);
    timer.unref();
  };
  const stop = (): void => {
    if (timer === undefined) return;
    clearInterval(timer);
    timer = undefined;
    stream.write(eraseLines() + SHOW_CURSOR);
    drawnLines = 0;
  };

  return {
    print: (text) => draw(`${text}\n`),
    close() {
      running.clear();
      stop();
    },
    async step(name, work) {
      const live: LiveStep = { name, started: performance.now(), detail: "", result: "" };
      running.add(live);
      start();
      const end = (mark: string, isWorthALine: boolean): void => {
        running.delete(live);
        draw(isWorthALine ? `${mark} ${columnsOf(live)}\n` : "");
        if (running.size === 0) stop();
      };
      try {
        const result = await work(reporterOf(live));
        end(colors.green("✓"), live.result !== "" || performance.now() - live.started > WORTH_A_LINE);
        return result;
      } catch (error) {
        end(colors.red("✗"), true);
        throw error;
      }
    },
  };
}

function reporterOf(step: LiveStep): Step {
  return {
    detail(text) {
      step.detail = text;
    },
    waiting(text) {
      step.detail = text;
    },
    result(text) {
      step.result = text;
    },
  };
}

function columnsOf(step: LiveStep): string {
  const elapsed = formatElapsed(performance.now() - step.started).padStart(7);
  return `${padName(step.name)}  ${elapsed}  ${step.result}`.trimEnd();
}

/** Names of up to this many characters put the columns behind them in line. */
const NAME_COLUMN = 28;

function padName(name: string): string {
  return name.padEnd(NAME_COLUMN);
}
