import { createColors } from "picocolors";
import type { Environment } from "../machine/environment.ts";
import { mayColour } from "./colors.ts";

export interface Step {
  /** Reports the current state: "12 of 40 packages". Shown live, only on a terminal. */
  detail(text: string): void;
  /** Reports a wait that may take minutes: a detail on a terminal, else a new line. */
  waiting(text: string): void;
  /** Reports the result: "Docker 26.1.5". Shown at the end, for short steps too. */
  result(text: string): void;
}

/** The progress display of a command. Steps may run concurrently; each has a name, a state and a time. */
export interface Progress {
  /**
   * Runs `work` as a step. Without a terminal, a step that takes over a second gets a line at its start and
   * one at its end. A shorter step without a result gets no line. An error gets a line with ✗.
   */
  step<Result>(name: string, work: (step: Step) => Promise<Result>): Promise<Result>;
  /** Writes lines above the live ones. */
  print(text: string): void;
  /** Writes lines marked as done, as a warning, or as an error that does not end the command. */
  done(text: string): void;
  warn(text: string): void;
  fail(text: string): void;
  /** Removes the live lines and the timer, at exit or on a signal. May be called twice. */
  close(): void;
}

/** The part of a stream that a progress display needs. */
export interface ProgressStream {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

type Colors = ReturnType<typeof createColors>;
type UnmarkedProgress = Pick<Progress, "step" | "print" | "close">;

interface LiveStep {
  readonly name: string;
  readonly started: number;
  detail: string;
  result: string;
}

/** The duration from which a step gets a line without a result, in milliseconds. */
const SHOWN_AFTER = 1000;
/** The interval between two updates of the live lines, in milliseconds. */
const FRAME = 100;
const SPINNER = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
const HIDE_CURSOR = "\u001b[?25l";
const SHOW_CURSOR = "\u001b[?25h";
const CLEAR_BELOW = "\u001b[0J";

/** Creates a progress display on a stream: live lines on a terminal, else plain ones. */
export function createProgress(stream: ProgressStream, environment: Environment): Progress {
  const isTerminal = stream.isTTY === true && environment.TERM !== "dumb";
  const colors = createColors(mayColour([stream], environment));
  const progress = isTerminal ? liveProgress(stream, colors) : plainProgress(stream);
  return {
    ...progress,
    done: (text) => progress.print(`${colors.green("✓")} ${text}`),
    warn: (text) => progress.print(`${colors.yellow("!")} ${text}`),
    fail: (text) => progress.print(`${colors.red("error")} ${text}`),
  };
}

/** The line of a step without its mark. @param started as `performance.now()` returned it */
export function stepLine(name: string, started: number, text: string): string {
  const elapsed = formatElapsed(performance.now() - started).padStart(7);
  return `${padName(name)}  ${elapsed}  ${text}`.trimEnd();
}

/** An elapsed time as text: "0.4s", "12.0s", "2m 05s". */
export function formatElapsed(milliseconds: number): string {
  const seconds = milliseconds / 1000;
  if (seconds < 59.95) return `${seconds.toFixed(1)}s`;
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)}m ${String(whole % 60).padStart(2, "0")}s`;
}

function plainProgress(stream: ProgressStream): UnmarkedProgress {
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
      }, SHOWN_AFTER);
      timers.add(timer);
      try {
        const waiting = (text: string) => print(`… ${padName(name)}  ${text}`);
        const result = await work({ ...reporterOf(live), waiting });
        if (announced || live.result !== "") print(`✓ ${resultLine(live)}`);
        return result;
      } catch (error) {
        print(`✗ ${resultLine(live)}`);
        throw error;
      } finally {
        clearTimeout(timer);
        timers.delete(timer);
      }
    },
  };
}

function liveProgress(stream: ProgressStream, colors: Colors): UnmarkedProgress {
  const running = new Set<LiveStep>();
  let drawnLines = 0;
  let timer: NodeJS.Timeout | undefined;

  const eraseLines = (): string => (drawnLines === 0 ? "" : `\u001b[${drawnLines}A\r${CLEAR_BELOW}`);

  const draw = (above = ""): void => {
    const now = performance.now();
    const shown = [...running].filter((step) => now - step.started > FRAME);
    const frame = SPINNER[Math.floor(now / FRAME) % SPINNER.length] ?? "";
    const lines = shown.map((step) => {
      const line = stepLine(step.name, step.started, step.detail).slice(0, (stream.columns ?? 80) - 3);
      return `${colors.cyan(frame)} ${line}\n`;
    });
    const picture = eraseLines() + above + lines.join("");
    if (picture !== "") stream.write(picture);
    drawnLines = lines.length;
  };
  const start = (): void => {
    if (timer !== undefined) return;
    stream.write(HIDE_CURSOR);
    timer = setInterval(draw, FRAME).unref();
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
      const end = (mark: string, isShown: boolean): void => {
        running.delete(live);
        draw(isShown ? `${mark} ${resultLine(live)}\n` : "");
        if (running.size === 0) stop();
      };
      try {
        const result = await work(reporterOf(live));
        end(colors.green("✓"), live.result !== "" || performance.now() - live.started > SHOWN_AFTER);
        return result;
      } catch (error) {
        end(colors.red("✗"), true);
        throw error;
      }
    },
  };
}

function reporterOf(step: LiveStep): Step {
  const detail = (text: string) => Object.assign(step, { detail: text });
  const result = (text: string) => Object.assign(step, { result: text });
  return { detail, waiting: detail, result };
}

function resultLine({ name, started, result }: LiveStep): string {
  return stepLine(name, started, result);
}

function padName(name: string): string {
  return name.padEnd(28);
}
