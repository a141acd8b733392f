import type { Place } from "../../sandbox/place.ts";
import { explainUnreachableEngine } from "../engine-unreachable.ts";
import { explainFullDisk } from "../full-disk.ts";
import { DOCKER } from "../lowering/docker-support.ts";
import { requireNoOtherUsers } from "../other-users.ts";
import { readOwnedResources } from "../owned-resources.ts";
import { ownerStoreOn } from "../owner-store.ts";
import { checkOnEngine } from "./check.ts";
import type { EngineConnection } from "./connection.ts";
import { findOnEngine } from "./find.ts";
import { keepOnEngine } from "./keep.ts";
import { listOnEngine } from "./list.ts";
import { missingOnEngine, partsOnEngine } from "./missing.ts";
import { startOnEngine } from "./start-on-engine.ts";

/** An engine as a place. */
export function dockerPlace(connection: EngineConnection): Place {
  const { engine } = connection;
  return {
    ...ownerStoreOn(engine),
    target: DOCKER.name,
    noun: "engine",
    id: `${DOCKER.name} ${engine.host}`,
    check: (plans, ownership) => checkOnEngine(connection, plans, ownership),
    missing: (plan, component) => missingOnEngine(engine, plan, component),
    start: (request) => startOnEngine(connection, request),
    keep: (request) => keepOnEngine(connection, request),
    find: (request) => findOnEngine(connection, request),
    list: (owner) => listOnEngine(engine, owner),
    partsOf: partsOnEngine,
    requireUnused: async (owner) =>
      requireNoOtherUsers(engine, await readOwnedResources(engine, owner), owner),
    explain: (error) => explainFullDisk(explainUnreachableEngine(error, engine)),
  };
}
