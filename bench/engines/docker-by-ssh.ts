import { succeed } from "./machine.ts";
import { provideImages, type StartedEngine } from "./started-engine.ts";
import { twoMachines } from "./two-machines.ts";

const SSHD_AND_DOCKERD = "mkdir -p /run/sshd && ssh-keygen -A && /usr/sbin/sshd && exec dockerd";

/** What ssh calls the engine's machine. */
export const SSH_TARGET = "user@docker";

/**
 * Starts Debian 12's Docker on another machine, with its OpenSSH and a key of the group's member `user`.
 * @param folder of this machine, which both have at the same path
 */
export async function startDockerBySsh(
  folder: string,
): Promise<StartedEngine & Required<Pick<StartedEngine, "engineMachine">>> {
  const { engine, client, remove } = await twoMachines({
    folder,
    command: ["tini", "--", "sh", "-c", SSHD_AND_DOCKERD],
  });
  const inShell = (script: string) => ["sh", "-euc", script];
  const key = await succeed(
    client,
    inShell(
      "mkdir -m 700 -p ~/.ssh && ssh-keygen -q -t ed25519 -N '' -f ~/.ssh/id_ed25519 && cat ~/.ssh/*.pub",
    ),
  );
  await succeed(
    engine,
    inShell(`usermod --append --groups docker user; install -d -m 700 -o user ~user/.ssh
      echo '${key}' >~user/.ssh/authorized_keys; chown user ~user/.ssh/authorized_keys`),
  );
  await provideImages(engine, {}, folder);
  const hostKey = await succeed(engine, inShell("cat /etc/ssh/ssh_host_ed25519_key.pub"));
  await succeed(client, inShell(`echo 'docker ${hostKey}' >~/.ssh/known_hosts`));
  return {
    machine: client,
    engineMachine: engine,
    variables: { DOCKER_HOST: `ssh://${SSH_TARGET}` },
    remove,
  };
}
