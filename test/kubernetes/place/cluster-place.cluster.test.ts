import { randomBytes } from "node:crypto";
import { placeCases } from "../../sandbox/place-cases.ts";
import { connectedPlace } from "./connected-place.ts";

const project = `cluster-place-${randomBytes(3).toString("hex")}`;

placeCases(project, () => connectedPlace(project));
