import type { ImageSource } from "../model/build-definition.ts";
import type { CatalogService, Connection, ServiceDefinition } from "../model/declaration/service.ts";
import type { CatalogSettings } from "./catalog-settings.ts";

/**
 * A service of the catalog as `nestbox init`, the proofs and the reference list it.
 * `Option` has the names of its own options.
 */
export interface CatalogEntry<Option extends string = string> {
  /** The value of `nestbox init --service`: `"registry-mirror"`. */
  readonly name: string;
  /** The name of the exported function: `"registryMirror"`. */
  readonly from: string;
  /** That function. */
  readonly declare: (settings?: Partial<ServiceDefinition>) => CatalogService;
  /** The key of the service in a new sandbox, an identifier. */
  readonly key: string;
  /** The default of each option, in Markdown. */
  readonly options: Readonly<Record<Option, string>>;
  /** When its probe passes, in Markdown. */
  readonly readyWhen: string;
  /** The job that proves that it works. Its variables are those of the service's connection. */
  readonly check: {
    /** An image with a client. */
    readonly image: ImageSource;
    readonly script: string;
  };
  /** The variables of the image that options stand for, by which `nestbox import` finds their values. */
  readonly imageVariables?: Readonly<Record<string, Option>>;
  /** Whether `nestbox import` takes it for its image. @default true */
  readonly isImported?: boolean;
  /** Whether none of Nestbox's tests runs it against its real server. @default false */
  readonly untested?: boolean;
  /** Whether it starts only where it reaches servers outside. @default false */
  readonly reachesOut?: boolean;
}

/** The options of a catalog function, beside the properties of every service. */
export type OptionOf<Settings> = Extract<Exclude<keyof Settings, keyof CatalogSettings<Connection>>, string>;
