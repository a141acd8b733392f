import type { PassedOver, Ready, ReadyPlugin } from "./ready.ts";

/** The toolchain of a stack as one line, including the stand-ins. */
export function describeToolchain({ docker, pulumi, plugins = [], images }: Ready): string {
  const standIns = images.filter(({ kind }) => kind === "stand-in").length;
  const parts = [
    docker && `${docker.version}${docker.kind === "nestbox" ? " (started by nestbox)" : ""}`,
    pulumi && `Pulumi ${pulumi.version}${pulumi.kind === "compiled" ? " (compiled here)" : ""}`,
    ...plugins.map(describePlugin),
    standIns > 0 && `${standIns} of ${images.length} images stand-ins`,
  ];
  return parts.filter((part) => typeof part === "string").join(", ");
}

/** "/usr/bin/pulumi-resource-docker: version 4.9.0 is ignored; 5.2.0 is required" */
export function describePassedOver({ command, version, wanted }: PassedOver): string {
  return `${command}: version ${version} is ignored; ${wanted} is required`;
}

const ORIGIN = { path: "on PATH", installed: "", compiled: "compiled here", "stand-in": "stand-in" } as const;

function describePlugin({ title, version, kind }: ReadyPlugin): string {
  const name = version === undefined ? title : `${title} ${version}`;
  return ORIGIN[kind] === "" ? name : `${name} (${ORIGIN[kind]})`;
}
