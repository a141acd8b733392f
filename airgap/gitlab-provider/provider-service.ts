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

/** The version of Pulumi's GitLab provider that this one stands in for. */
const CONTRACT_VERSION = "10.1.1";
const USER_RUNNER = "gitlab:index/userRunner:UserRunner";
const GITLAB_COM = "https://gitlab.com/api/v4/";

/** What this provider cannot do, or lacks. The message names the remedy. */
class NotPossible extends Error {
  override readonly name = "NotPossible";
}

/**
 * Adds Pulumi's ResourceProvider service for runners. Checks and diffs are computed here; the rest asks
 * GitLab.
 *
 * @returns what must be called before the process ends
 */
export function addProviderService(server: Server): () => void {
  const cancelled = new AbortController();
  const patience = { signal: cancelled.signal };
  let settings: { readonly token?: string | undefined; readonly baseUrl?: string | undefined } = {};

  const account = (): GitLabAccount => {
    const token = settings.token || process.env.GITLAB_TOKEN;
    if (!token) {
      throw new NotPossible(
        "no token for GitLab: set GITLAB_TOKEN, or pulumi config set --secret --path nestbox:runner.token (gitlab:token in a program of your own), to one with the scopes create_runner and manage_runner",
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
      const { id, ...told } = await createRunner(account(), inputs, patience);
      response.setId(id);
      response.setProperties(toStruct({ ...inputs, ...told }));
      return response;
    }),
    read: unary(async (request: InstanceType<typeof provider.ReadRequest>) => {
      // GitLab fills in what nobody has said; only what was said can drift. An imported runner says
      // everything.
      const said = request.hasInputs() ? propertiesOf(request.getInputs()) : {};
      const seen = await readRunner(account(), request.getId(), said, patience);
      const response = new provider.ReadResponse();
      if (seen === undefined) return response;
      const names = Object.keys(said).length > 0 ? Object.keys(said) : Object.keys(seen);
      const inputs = Object.fromEntries(names.flatMap((name) => (name in seen ? [[name, seen[name]]] : [])));
      response.setId(request.getId());
      response.setInputs(toStruct(inputs));
      response.setProperties(toStruct({ ...inputs, ...toldOnce(propertiesOf(request.getProperties())) }));
      return response;
    }),
    update: unary(async (request: InstanceType<typeof provider.UpdateRequest>) => {
      const after = propertiesOf(request.getNews());
      const before = propertiesOf(request.getOldInputs() ?? request.getOlds());
      if (!request.getPreview()) await updateRunner(account(), request.getId(), before, after, patience);
      const response = new provider.UpdateResponse();
      response.setProperties(toStruct({ ...after, ...toldOnce(propertiesOf(request.getOlds())) }));
      return response;
    }),
    delete: unary(async (request: InstanceType<typeof provider.DeleteRequest>) => {
      await deleteRunner(account(), request.getId(), patience);
      return new empty.Empty();
    }),
  };
  server.addService(providerServices.ResourceProviderService, methods);
  return () => cancelled.abort();
}

/** What GitLab says when it creates a runner and never again. */
function toldOnce({ token, tokenExpiresAt }: RunnerProperties): RunnerProperties {
  return {
    ...(token !== undefined && { token }),
    ...(tokenExpiresAt !== undefined && { tokenExpiresAt }),
  };
}

function requireUserRunner(urn: string): void {
  const type = urn.split("::")[2]?.split("$").at(-1) ?? "";
  if (type === USER_RUNNER) return;
  throw new NotPossible(
    `this stand-in for the GitLab provider has no ${type}: install the official plugin (pulumi plugin install resource gitlab ${CONTRACT_VERSION})`,
  );
}

function propertiesOf(struct: Parameters<typeof fromStruct>[0]): RunnerProperties {
  return Object.fromEntries(
    Object.entries(fromStruct(struct)).filter(([name, value]) => value !== null && !name.startsWith("__")),
  );
}

/**
 * A provider's own inputs come with their secrets wrapped:
 * https://www.pulumi.com/docs/iac/guides/building-extending/providers/implementers/types/
 */
function plainText(input: unknown): string | undefined {
  const value = typeof input === "object" && input !== null ? (input as { value?: unknown }).value : input;
  return typeof value === "string" && value !== "" ? value : undefined;
}
