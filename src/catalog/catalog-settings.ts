import type { Connection, ServiceDefinition, WrittenService } from "../model/declaration/service.ts";

/** Properties of a service that the functions of the catalog take. They take precedence. */
export interface CatalogSettings<C extends Connection>
  extends Partial<ServiceDefinition>,
    Pick<WrittenService<C>, "client" | "variables"> {}
