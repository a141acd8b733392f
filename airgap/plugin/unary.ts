import { type ServerUnaryCall, type ServiceError, type sendUnaryData, status } from "@grpc/grpc-js";

/** The gRPC error of a thrown error: its message alone, which Pulumi shows to the user. */
export function serviceError(error: unknown): Partial<ServiceError> {
  return { code: status.UNKNOWN, details: error instanceof Error ? error.message : String(error) };
}

/** A gRPC method that answers with the result of a function. */
export function unary<Request, Response>(
  answer: (request: Request) => Response | Promise<Response>,
  asError: (error: unknown) => Partial<ServiceError> = serviceError,
) {
  return async (call: ServerUnaryCall<Request, Response>, respond: sendUnaryData<Response>) => {
    try {
      respond(null, await answer(call.request));
    } catch (error) {
      respond(asError(error));
    }
  };
}
