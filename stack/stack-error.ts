/**
 * A fault that the person at the terminal can do something about. Its message is shown as it is, without a
 * stack trace, so it says what is wrong and what to do next.
 */
export class StackError extends Error {
  override readonly name = 'StackError';
}

/** The message of whatever was thrown; never throws itself. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
