// The boundary at which events of sockets, streams, requests and timers enter the egress: what throws behind it ends the one connection or
// stream that it belongs to. It must never let an error reach the process, whose other connections have nothing to do with it.
// SECURITY(T28): both sides of a connection are hostile, and Node throws at fields that its own parsers let in.

export type Contained = <Given extends readonly unknown[]>(
  work: (...given: Given) => void,
) => (...given: Given) => void;

/** `broken` breaks the connection off first and tells of it afterwards. */
export function containment(broken: () => void): Contained {
  return (work) =>
    (...given) => {
      try {
        work(...given);
      } catch {
        breakOff(broken);
      }
    };
}

function breakOff(broken: () => void): void {
  try {
    broken();
  } catch {
    // Nobody is left to be told.
  }
}
