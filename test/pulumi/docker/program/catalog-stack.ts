import { DockerSandbox } from "nestbox/pulumi/docker";
import catalog from "./catalog.ts";

new DockerSandbox("catalog", {
  sandbox: catalog,
  subnetPool: "10.254.80.0/26",
  secrets: { password: "hunter2" },
});
