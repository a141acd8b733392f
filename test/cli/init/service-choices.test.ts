import { expect, test } from "@jest/globals";
import { chooseServices } from "../../../src/cli/init/service-choices.ts";

test("a service is chosen by its name or the catalog's function, once", () => {
  const names = (chosen: readonly string[]) => chooseServices(chosen).map(({ from }) => from);
  expect(names([])).toEqual(["redis"]);
  expect(names(["postgres", "docker", "dind", "postgres"])).toEqual(["postgres", "dind"]);
});

test("an unknown service is an error with the nearest name and all names", () => {
  expect(() => chooseServices(["postgress"])).toThrow(
    '--service: "postgress" is not in the catalog; did you mean "postgres"?\n' +
      "  The catalog has redis, activemq, azurite,",
  );
  expect(() => chooseServices(["cassandra"])).toThrow(
    '--service: "cassandra" is not in the catalog; declare other images in the file that init writes\n',
  );
});
