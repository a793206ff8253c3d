// Where a login is, outside of the run.

/** Files of the home inside, where it outlasts the run. Whatever lies there is the command's. */
export interface HomeFiles {
  read(path: string): string | undefined;
  write(path: string, text: string): void;
}

export interface LoginPlaces {
  /** Absent: what is made inside ends with the run. */
  readonly kept?: string;
  readonly home?: HomeFiles;
}

export interface LoginContext {
  readonly places: LoginPlaces;
  /** One that counts up, and the one on the wall. */
  readonly clock: { readonly nowMs: () => number; readonly wallMs: () => number };
  /** Something that the user has to know. */
  readonly warn: (text: string) => void;
}
