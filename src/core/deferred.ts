// A promise that is settled from outside its constructor (Promise.withResolvers isn't in Node 20).

export interface Deferred<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (error: Error) => void;
}

export function deferred<T>(): Deferred<T> {
  let settle: Pick<Deferred<T>, "resolve" | "reject"> | undefined;
  const promise = new Promise<T>((resolve, reject) => {
    settle = { resolve, reject };
  });
  // The executor has run by now; the check only tells the compiler.
  if (settle === undefined) throw new Error("unreachable");
  return { promise, ...settle };
}
