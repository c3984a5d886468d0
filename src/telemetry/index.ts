export { createLogger, type Logger } from './logger.ts';
export { activeTraceId, activeTraceparent, contextFromTraceparent, inSpan } from './spans.ts';
