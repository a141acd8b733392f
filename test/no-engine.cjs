/** Runs before each unit test file: one that needs an engine fails, also where there is an engine. */
process.env.DOCKER_HOST = "unix:///no/engine/in/unit/tests.sock";
