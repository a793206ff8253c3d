// What a subcommand is. The table in `cli/table.ts` is made of these; parsing, help, completion and docs/cli are derived
// from it, so a command never parses argv itself.

export interface OptionSpec {
  readonly type: "boolean" | "string";
  readonly short?: string;
  readonly multiple?: boolean;
  /** Name of the value in help: `FILE`. */
  readonly value?: string;
  readonly summary: string;
  /** For completion: the fixed values, or what kind of thing is expected. */
  readonly choices?: readonly string[];
  readonly completes?: "file" | "directory" | "profile" | "command";
}

export interface Invocation {
  /** Value of each option that was given: `true`, a text, or the list for `multiple` ones. */
  readonly options: Readonly<Record<string, boolean | string | readonly string[] | undefined>>;
  readonly positionals: readonly string[];
  /** The option and value pairs in the order given, for layers whose place is "the command line". */
  readonly order: readonly { readonly name: string; readonly value: string | true }[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly out: Output;
}

export interface Output {
  /** The command's result: goes to stdout. */
  print(text: string): void;
  /** Words about what is going on: stderr. */
  note(text: string): void;
  readonly colour: boolean;
  /** stderr is a terminal and --quiet wasn't given. */
  readonly interactive: boolean;
}

export interface Command {
  readonly name: string;
  readonly summary: string;
  /** After the name: `[options] [--] COMMAND [ARG…]`. */
  readonly usage: string;
  readonly options: Readonly<Record<string, OptionSpec>>;
  /** `first`: options end at the first positional, the rest is another program's command line. */
  readonly positionals: "none" | "any" | "first";
  /** Its arguments are running sandboxes, for completion. */
  readonly completesRuns?: boolean;
  /** A paragraph and examples for `cordon help NAME` and docs/cli. */
  readonly help?: string;
  /** Loaded when the command runs, never before. Returns the exit status. */
  readonly load: () => Promise<{ readonly run: (invocation: Invocation) => Promise<number> }>;
}

export function flag(invocation: Invocation, name: string): boolean {
  return invocation.options[name] === true;
}

export function text(invocation: Invocation, name: string): string | undefined {
  const value = invocation.options[name];
  return typeof value === "string" ? value : undefined;
}

export function texts(invocation: Invocation, name: string): readonly string[] {
  const value = invocation.options[name];
  if (Array.isArray(value)) return value;
  return typeof value === "string" ? [value] : [];
}
