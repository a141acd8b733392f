import { besideDind } from "./beside-dind.ts";
import { engineCases } from "./engine-cases.ts";

engineCases(() => besideDind(true));
