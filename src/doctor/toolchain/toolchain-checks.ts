import type { Found } from "../../setup/plugin.ts";
import type { FoundToolchain } from "../../setup/pulumi-toolchain.ts";
import type { ReadyPlugin, ReadyPulumi } from "../../setup/ready.ts";
import { type Check, good, uncertain, warning } from "../check.ts";

/** The checks of the toolchain: the Pulumi CLI, the providers and the Node language host. */
export function checkToolchain(found: FoundToolchain): readonly Check[] {
  const { cli, dockerProvider, kubernetesProvider, languageHost } = found;
  const byUp = "the next `nestbox up` downloads it, or compiles it with Go";
  const withCli = "the Pulumi CLI includes it, or a stand-in replaces it";
  return [
    check("pulumi", "Pulumi CLI", cli, byUp),
    check("docker-provider", "Docker provider", dockerProvider, byUp),
    // Only some stacks need it.
    ...(Object.keys(kubernetesProvider).length === 0
      ? []
      : [check("kubernetes-provider", "Kubernetes provider", kubernetesProvider, byUp)]),
    cli.program?.kind === "compiled" && languageHost.program === undefined
      ? good("language-host", "Node language host, stand-in: compiled with the Pulumi CLI")
      : check("language-host", "Node language host", languageHost, withCli),
  ];
}

/** The check of a toolchain that cannot be inspected. */
export function toolchainUnknown(reason: string): Check {
  return uncertain("pulumi", `Pulumi CLI and plugins: ${reason}`);
}

function check(
  id: string,
  title: string,
  { program, passedOver }: Found<ReadyPulumi | ReadyPlugin>,
  howToGet: string,
): Check {
  const finding = program ? describeProgram(title, program) : `no ${title} yet: ${howToGet}`;
  if (passedOver === undefined) return (program ? good : uncertain)(id, finding);
  const { command, version, wanted } = passedOver;
  return warning(
    id,
    `${finding}; ${command} is ignored: version ${version}`,
    `Install ${wanted} there, or remove it from PATH: Pulumi without Nestbox uses any version on PATH.`,
  );
}

const ORIGINS: Readonly<Record<(ReadyPulumi | ReadyPlugin)["kind"], string>> = {
  path: "on PATH",
  download: "downloaded",
  installed: "installed",
  compiled: "compiled from Go modules",
  "stand-in": "stand-in",
};

function describeProgram(title: string, { version, kind, command }: ReadyPulumi | ReadyPlugin): string {
  return `${version === undefined ? title : `${title} ${version}`}, ${ORIGINS[kind]}: ${command}`;
}
