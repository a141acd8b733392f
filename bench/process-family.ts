import { readdirSync, readFileSync } from "node:fs";

/** The IDs of a process and its descendants. */
export function familyOf(root: number): readonly number[] {
  const processes = fromProcesses((pid, read) => {
    const stat = read("stat");
    return [{ pid, parent: Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]) }];
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

/** The other processes whose environment or command line has a text, such as the path of a folder. */
export function processesNaming(text: string): readonly string[] {
  return fromProcesses((pid, read) => {
    const commandLine = read("cmdline").replaceAll("\0", " ").trim();
    const isNamed = (commandLine + read("environ")).includes(text);
    return isNamed && pid !== process.pid ? [`process ${pid}: ${commandLine}`] : [];
  });
}

/** What is read from the files of each process, without those that end meanwhile. */
function fromProcesses<Found>(find: (pid: number, read: (file: string) => string) => readonly Found[]) {
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return pids.flatMap((pid) => {
    try {
      return find(Number(pid), (file) => readFileSync(`/proc/${pid}/${file}`, "utf8"));
    } catch {
      return [];
    }
  });
}
