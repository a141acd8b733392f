import { readdirSync, readFileSync } from "node:fs";

/** The IDs of a process and its descendants. */
export function familyOf(root: number): readonly number[] {
  const processes = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const stat = readFileSync(`/proc/${name}/stat`, "utf8");
        const parent = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
        return [{ pid: Number(name), parent }];
      } catch {
        return [];
      }
    });
  const childrenOf = (pid: number): readonly number[] =>
    processes
      .filter(({ parent }) => parent === pid)
      .flatMap((child) => [child.pid, ...childrenOf(child.pid)]);
  return [root, ...childrenOf(root)];
}

/** Sends a signal to processes that may have ended. */
export function signalAll(pids: readonly number[], signal: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, signal);
    } catch {
      // It has ended.
    }
  }
}

/** The processes whose environment or command line has a text, such as the path of a folder. */
export function processesNaming(text: string): readonly string[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const commandLine = readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ").trim();
        const environment = readFileSync(`/proc/${pid}/environ`, "utf8");
        const isNamed = (commandLine + environment).includes(text);
        return isNamed && Number(pid) !== process.pid ? [`process ${pid}: ${commandLine}`] : [];
      } catch {
        return [];
      }
    });
}
