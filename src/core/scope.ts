// The undo stack: whatever is opened pushes its undo at once, and all of it unwinds in reverse, also after a failure.

type Undo = () => void | Promise<void>;

export class Scope implements AsyncDisposable {
  #undos: { readonly name: string; readonly undo: Undo }[] = [];
  #closing: Promise<readonly Error[]> | undefined;

  /** Registers what takes back an acquisition. Runs at once if the scope was closed in the meantime. */
  defer(name: string, undo: Undo): void {
    if (this.#closing !== undefined) void Promise.resolve(undo()).catch(() => undefined);
    else this.#undos.push({ name, undo });
  }

  /** Unwinds in reverse order; a failing undo never stops the others. Safe to call more than once. */
  close(): Promise<readonly Error[]> {
    this.#closing ??= this.#unwind();
    return this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #unwind(): Promise<readonly Error[]> {
    const failures: Error[] = [];
    for (let entry = this.#undos.pop(); entry !== undefined; entry = this.#undos.pop()) {
      try {
        await entry.undo();
      } catch (error) {
        failures.push(new Error(`${entry.name} could not be undone`, { cause: error }));
      }
    }
    return failures;
  }
}
