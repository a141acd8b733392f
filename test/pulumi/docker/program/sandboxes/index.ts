import { sandbox } from "nestbox";
import { redis } from "nestbox/catalog";

export const shop = sandbox("shop", {
  volumes: ["data"],
  services: { cache: redis({ publish: true, volumes: { "/data": "data" } }) },
  jobs: { mark: { image: "redis:7-alpine", script: ["redis-cli -h cache SET marked yes"] } },
});

export default [shop];
