import { expect, test } from "@jest/globals";
import { containerIds } from "../../src/machine/container-ids.ts";

const ID = "c36bd77a4438a2b8a2f1c36bd77a4438a2b8a2f1c36bd77a4438a2b8a2f1ffff";

test.each([
  ["Docker", `/var/lib/docker/containers/${ID}/hostname /etc/hostname rw,relatime`],
  ["Podman", `/containers/storage/overlay-containers/${ID}/userdata/resolv.conf /etc/resolv.conf rw`],
])("the id of a container of %s is read from its mounts", (_, mount) => {
  const mounts = `1 2 0:1 / / rw - overlay overlay rw\n3 1 8:1 ${mount} - ext4 /dev/vda rw\n`;
  expect(containerIds(`${mounts}${mounts}`)).toEqual([ID]);
});

test("mounts of other containers have no id of this process", () => {
  const ofOthers = `3 1 8:1 / /var/lib/docker/overlay2/${ID}/merged rw - overlay overlay rw`;
  expect(containerIds(ofOthers)).not.toContain(ID);
});
