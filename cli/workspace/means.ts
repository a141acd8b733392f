import type { Ready } from "../../setup/index.ts";

/** One line about what a stack is made with, which also says what is a stand-in. */
export function describeMeans({ docker, pulumi, plugins, images }: Ready): string {
  const standIns = images.filter(({ kind }) => kind === "stand-in").length;
  const parts = [
    docker && `Docker ${docker.version}${docker.kind === "nestbox" ? " (the set-up's own)" : ""}`,
    pulumi && `Pulumi ${pulumi.version}${pulumi.kind === "compiled" ? " (compiled here)" : ""}`,
    plugins && `${plugins.kind} plugins`,
    standIns > 0 && `${standIns} of ${images.length} images stand-ins`,
  ];
  return parts.filter((part) => typeof part === "string").join(", ");
}
