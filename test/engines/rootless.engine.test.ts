import { hasCgroupsV1, startMachine } from "../../bench/engines/machine.ts";
import { provideImages } from "../../bench/engines/started-engine.ts";
import { RUN_FOLDER } from "../run-folder.ts";
import { engineCases } from "./engine-cases.ts";

const ID = "1000";
const RUNTIME = `/run/user/${ID}`;

/** What systemd gives a user with `dockerd-rootless-setuptool.sh install`. */
const DOCKERD = `mount --make-rshared / && chmod 666 /dev/net/tun && install -d -m 700 -o user ${RUNTIME}
chown user ~user/.local ~user/.local/share ~user/.local/share/docker
exec setpriv --reuid=${ID} --regid=${ID} --init-groups env HOME=/home/user USER=user \\
  XDG_RUNTIME_DIR=${RUNTIME} /usr/share/docker.io/contrib/dockerd-rootless.sh`;

// Debian 12's rootless Docker, for a user of that machine.
engineCases(
  async () => {
    const machine = await startMachine({
      folder: RUN_FOLDER,
      options: ["--privileged", "--volume=/home/user/.local/share/docker"],
      user: "user",
      command: ["tini", "--", "sh", "-c", DOCKERD],
    });
    const variables = { XDG_RUNTIME_DIR: RUNTIME, DOCKER_HOST: `unix://${RUNTIME}/docker.sock` };
    await provideImages(machine, variables, RUN_FOLDER);
    return { machine, variables, remove: machine.remove };
  },
  { ignoresLimits: hasCgroupsV1() },
);
