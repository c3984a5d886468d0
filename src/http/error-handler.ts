import type { ErrorRequestHandler, RequestHandler } from 'express';
import { ServiceError } from '../errors.ts';
import { activeTraceId, type Logger } from '../telemetry/index.ts';
import { PROBLEMS, problemHeaders, toProblem } from './problem.ts';

/** Turns whatever was thrown into a problem answer; ours is logged and not shown. */
export function createErrorHandler(logger: Logger): ErrorRequestHandler {
  return (thrown: unknown, request, response, next) => {
    const error = toServiceError(thrown);
    const { status } = PROBLEMS[error.code];
    const { roomId, userId } = response.locals as { roomId?: string; userId?: string };
    const fields = { code: error.code, method: request.method, path: request.path, roomId, userId };
    if (status >= 500) logger.error('request.failed', { ...fields, error });
    // A server that signs wrongly is misconfigured, or is not the server that it says: someone should look.
    else if (error.code === 'SIGNATURE_INVALID') logger.warn('signature.refused', { ...fields, error });
    else logger.debug('request.refused', fields);
    if (response.headersSent) {
      next(thrown);
      return;
    }
    response
      .status(status)
      .set({
        'Content-Type': 'application/problem+json',
        'Cache-Control': 'no-store',
        ...problemHeaders(error),
      })
      .send(JSON.stringify(toProblem(error, activeTraceId())));
  };
}

export const notFound: RequestHandler = () => {
  throw new ServiceError('NOT_FOUND', 'There is nothing at this address.');
};

function toServiceError(thrown: unknown): ServiceError {
  if (thrown instanceof ServiceError) return thrown;
  const { type, status } = (typeof thrown === 'object' && thrown !== null ? thrown : {}) as {
    type?: unknown;
    status?: unknown;
  };
  // body-parser and the router throw http-errors: told apart by `type`, then by `status`.
  if (type === 'entity.too.large' || status === 413)
    return new ServiceError('PAYLOAD_TOO_LARGE', 'The body may have at most 64 KiB.', { cause: thrown });
  if (status === 415)
    return new ServiceError('UNSUPPORTED_MEDIA_TYPE', 'Send JSON in UTF-8.', { cause: thrown });
  if (type === 'entity.parse.failed')
    return new ServiceError('INVALID_REQUEST', 'The body is not JSON.', {
      cause: thrown,
      fields: [{ path: 'body', message: 'is not JSON' }],
    });
  if (typeof status === 'number' && status >= 400 && status < 500)
    return new ServiceError('INVALID_REQUEST', 'This request cannot be read.', { cause: thrown });
  return new ServiceError('INTERNAL', 'Something went wrong on our side.', { cause: thrown });
}
