/**
 * Why an agent has stopped for good.
 *
 * @module
 */

/** The reason, as a code that has an exit code and a line for people. */
export class AgentEnd extends Error {
  override readonly name = "AgentEnd";
  /** `stopped`, or why there is no point in going on; stable. */
  readonly code: string;

  /** Makes a reason. */
  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
