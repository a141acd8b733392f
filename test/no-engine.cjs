/** Runs before each unit test file, so that one that needs an engine always fails. */
process.env.DOCKER_HOST = "unix:///no/engine/in/unit/tests.sock";
