import { fork } from "node:child_process";
import path from "node:path";

/**
 * A server of ssh on this machine, by another implementation than the client's. It runs commands and forwards
 * sockets and ports as sshd does by default.
 */
export interface SshServer {
  /** The address of this machine's engine through it. */
  readonly host: string;
  readonly port: number;
  /** Variables by which commands reach it, with {@link SshServer.temporary} for temporary files. */
  readonly environment: Readonly<Record<string, string>>;
  readonly temporary: string;
  /** The number of logins so far, and of open connections. */
  counts(): Promise<Counts>;
  close(): void;
}

interface Counts {
  readonly logins: number;
  readonly open: number;
}

type Started = Pick<SshServer, "host" | "port" | "environment" | "temporary">;

export async function startSshServer(): Promise<SshServer> {
  const child = fork(path.join(__dirname, "ssh-server-process.ts"), { execArgv: [] });
  const answer = <Answer>() =>
    new Promise<Answer>((resolve, reject) => {
      const ended = () => reject(new Error("the server of ssh has ended"));
      child.once("exit", ended);
      child.once("message", (message) => {
        child.off("exit", ended);
        resolve(message as Answer);
      });
    });
  const started = await answer<Started>();
  return {
    ...started,
    counts() {
      child.send("counts");
      return answer<Counts>();
    },
    close: () => child.disconnect(),
  };
}
