import snake from "./snake.ts";
import whale from "./whale.ts";

/** The sandboxes of this project. A new one is a file beside this one and a name in this list. */
export default [snake, whale];
