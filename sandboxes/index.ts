import dockerEnv from "./docker-env.ts";
import image from "./image.ts";
import nesting from "./nesting.ts";
import secrets from "./secrets.ts";
import shop from "./shop.ts";
import snake from "./snake.ts";
import snakeCached from "./snake-cached.ts";
import snakeCompose from "./snake-compose.ts";
import twoNetworks from "./two-networks.ts";
import whale from "./whale.ts";

/** The sandboxes of this project. To add one, create a file here and extend this list. */
export default [
  snake,
  whale,
  nesting,
  dockerEnv,
  snakeCompose,
  snakeCached,
  twoNetworks,
  secrets,
  shop,
  image,
];
