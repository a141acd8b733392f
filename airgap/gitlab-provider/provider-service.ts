import type { Server, UntypedServiceImplementation } from "@grpc/grpc-js";
import providerServices from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import provider from "@pulumi/pulumi/proto/provider_pb.js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import {
  checkResponse,
  configured,
  diffResponse,
  fromStruct,
  providerBasics,
  toStruct,
} from "../plugin/provider-answers.ts";
import { unary } from "../plugin/unary.ts";
import type { GitLabAccount } from "./gitlab-api.ts";
import {
  changedInputs,
  createRunner,
  deleteRunner,
  type RunnerProperties,
  readRunner,
  replacingInputs,
  runnerProblems,
  UNKNOWN,
  updateRunner,
} from "./user-runner-requests.ts";

/** The version of Pulumi's GitLab provider that this one replaces. */
const CONTRACT_VERSION = "10.1.1";
const USER_RUNNER = "gitlab:index/userRunner:UserRunner";
const GITLAB_COM = "https://gitlab.com/api/v4/";

/** The provider lacks a token or a resource. */
class NotPossible extends Error {
  override readonly name = "NotPossible";
}

/**
 * Adds Pulumi's ResourceProvider service for runners. Checks and diffs send no request to GitLab.
 *
 * @returns a function to call before the process ends
 */
export function addProviderService(server: Server): () => void {
  const cancelled = new AbortController();
  const limits = { signal: cancelled.signal };
  let settings: { readonly token?: string | undefined; readonly baseUrl?: string | undefined } = {};

  const account = (): GitLabAccount => {
    const token = settings.token || process.env.GITLAB_TOKEN;
    if (!token) {
      throw new NotPossible(
        "GITLAB_TOKEN: no token for GitLab; set it, or pulumi config set --secret --path " +
          "nestbox:runner.token (gitlab:token in your own program), to one with the scopes create_runner " +
          "and manage_runner",
      );
    }
    return {
      token,
      baseUrl: settings.baseUrl || process.env.GITLAB_BASE_URL || GITLAB_COM,
      ...(settings.token && {
        tokenPlace: "the provider's token (nestbox:runner.token in the stack's file)",
      }),
      ...(settings.baseUrl && {
        addressPlace: "the provider's baseUrl (nestbox:runner.gitlabUrl in the stack's file)",
      }),
    };
  };

  const methods: UntypedServiceImplementation = {
    ...providerBasics({ name: "gitlab", version: CONTRACT_VERSION }, () => cancelled.abort()),

    checkConfig: unary((request: InstanceType<typeof provider.CheckRequest>) =>
      checkResponse(propertiesOf(request.getNews()), []),
    ),
    diffConfig: unary((request: InstanceType<typeof provider.DiffRequest>) => {
      const [before, after] = [propertiesOf(request.getOlds()), propertiesOf(request.getNews())];
      const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
      const changed = names.filter((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]));
      return diffResponse({ changed, replaces: [] });
    }),
    configure: unary((request: InstanceType<typeof provider.ConfigureRequest>) => {
      const { token, baseUrl } = propertiesOf(request.getArgs());
      settings = { token: plainText(token), baseUrl: plainText(baseUrl) };
      return configured();
    }),

    check: unary((request: InstanceType<typeof provider.CheckRequest>) => {
      requireUserRunner(request.getUrn());
      const inputs = propertiesOf(request.getNews());
      return checkResponse(inputs, runnerProblems(inputs));
    }),
    diff: unary((request: InstanceType<typeof provider.DiffRequest>) => {
      const before = propertiesOf(request.getOldInputs() ?? request.getOlds());
      const changed = changedInputs(before, propertiesOf(request.getNews()));
      return diffResponse({ changed, replaces: replacingInputs(changed) });
    }),
    create: unary(async (request: InstanceType<typeof provider.CreateRequest>) => {
      const inputs = propertiesOf(request.getProperties());
      const response = new provider.CreateResponse();
      if (request.getPreview()) {
        response.setProperties(toStruct({ ...inputs, token: UNKNOWN, tokenExpiresAt: UNKNOWN }));
        return response;
      }
      const { id, ...secrets } = await createRunner(account(), inputs, limits);
      response.setId(id);
      response.setProperties(toStruct({ ...inputs, ...secrets }));
      return response;
    }),
    read: unary(async (request: InstanceType<typeof provider.ReadRequest>) => {
      // GitLab adds defaults, so only declared properties can drift. An imported runner has no inputs yet.
      const declared = request.hasInputs() ? propertiesOf(request.getInputs()) : {};
      const current = await readRunner(account(), request.getId(), declared, limits);
      const response = new provider.ReadResponse();
      if (current === undefined) return response;
      const names = Object.keys(Object.keys(declared).length > 0 ? declared : current);
      const inputs = Object.fromEntries(
        names.flatMap((name) => (name in current ? [[name, current[name]]] : [])),
      );
      response.setId(request.getId());
      response.setInputs(toStruct(inputs));
      response.setProperties(
        toStruct({ ...inputs, ...tokenProperties(propertiesOf(request.getProperties())) }),
      );
      return response;
    }),
    update: unary(async (request: InstanceType<typeof provider.UpdateRequest>) => {
      const after = propertiesOf(request.getNews());
      const before = propertiesOf(request.getOldInputs() ?? request.getOlds());
      if (!request.getPreview()) await updateRunner(account(), request.getId(), before, after, limits);
      const response = new provider.UpdateResponse();
      response.setProperties(toStruct({ ...after, ...tokenProperties(propertiesOf(request.getOlds())) }));
      return response;
    }),
    delete: unary(async (request: InstanceType<typeof provider.DeleteRequest>) => {
      await deleteRunner(account(), request.getId(), limits);
      return new empty.Empty();
    }),
  };
  server.addService(providerServices.ResourceProviderService, methods);
  return () => cancelled.abort();
}

/** The properties that GitLab returns only when it creates a runner. */
function tokenProperties({ token, tokenExpiresAt }: RunnerProperties): RunnerProperties {
  return {
    ...(token !== undefined && { token }),
    ...(tokenExpiresAt !== undefined && { tokenExpiresAt }),
  };
}

function requireUserRunner(urn: string): void {
  const type = urn.split("::")[2]?.split("$").at(-1) ?? "";
  if (type === USER_RUNNER) return;
  throw new NotPossible(
    `${type}: not in this stand-in for the GitLab provider; install the official plugin: ` +
      `pulumi plugin install resource gitlab ${CONTRACT_VERSION}`,
  );
}

function propertiesOf(struct: Parameters<typeof fromStruct>[0]): RunnerProperties {
  return Object.fromEntries(
    Object.entries(fromStruct(struct)).filter(([name, value]) => value !== null && !name.startsWith("__")),
  );
}

/**
 * The text of a provider's input. Pulumi wraps secrets:
 * https://www.pulumi.com/docs/iac/guides/building-extending/providers/implementers/types/
 */
function plainText(input: unknown): string | undefined {
  const value = typeof input === "object" && input !== null ? (input as { value?: unknown }).value : input;
  return typeof value === "string" && value !== "" ? value : undefined;
}
