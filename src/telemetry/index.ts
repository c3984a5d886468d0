export { createLogger, type LogFields, type Logger } from './logger.ts';
export { redact, redactText } from './redact.ts';
export { activeTraceId, activeTraceparent, contextFromTraceparent, inSpan } from './spans.ts';
