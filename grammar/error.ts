/** The base of every error that is meant for people: its message says what was expected and found, its code is for programs. */
export class BondsmithError extends Error {
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.name = 'BondsmithError';
    this.code = code;
  }
}
