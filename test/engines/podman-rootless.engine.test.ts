import { hasCgroupsV1, startMachine } from "../../bench/engines/machine.ts";
import { provideImages } from "../../bench/engines/started-engine.ts";
import { RUN_FOLDER } from "../run-folder.ts";
import { engineCases } from "./engine-cases.ts";

const ID = "1000";
const RUNTIME = `/run/user/${ID}`;

/** What systemd gives a user who enables `podman.socket`. */
const PODMAN = `mount --make-rshared / && chmod 666 /dev/net/tun /dev/fuse
install -d -m 700 -o user ${RUNTIME}
chown user ~user/.local ~user/.local/share ~user/.local/share/containers
exec setpriv --reuid=${ID} --regid=${ID} --init-groups env HOME=/home/user USER=user \\
  XDG_RUNTIME_DIR=${RUNTIME} podman system service --time=0`;

// Debian 12's Podman of a user of that machine.
engineCases(
  async () => {
    const machine = await startMachine({
      folder: RUN_FOLDER,
      options: ["--privileged", "--volume=/home/user/.local/share/containers"],
      user: "user",
      command: ["tini", "--", "sh", "-c", PODMAN],
    });
    const variables = { XDG_RUNTIME_DIR: RUNTIME, DOCKER_HOST: `unix://${RUNTIME}/podman/podman.sock` };
    await provideImages(machine, variables, RUN_FOLDER);
    return { machine, engineMachine: machine, variables, remove: machine.remove };
  },
  { ignoresLimits: hasCgroupsV1(), getsLogins: true },
);
