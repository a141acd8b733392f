import type { ConnectRequest } from "../../sandbox/target.ts";
import type { Cluster } from "../api/cluster.ts";
import type { Tenancy } from "../tenancy/tenancy.ts";

/** A cluster, and what a project says of it. */
export interface PlaceInCluster {
  readonly cluster: Cluster;
  readonly request: ConnectRequest;
  readonly tenancy: Tenancy;
}
