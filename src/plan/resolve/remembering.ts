// A host view that asks each question once: planning comes back to the same few paths, and one answer for all of it is also what
// keeps a plan consistent while the host changes.
import type { HostView } from "../../host/types.js";

export function remembering(view: HostView): HostView {
  return {
    ...view,
    kind: once((path) => view.kind(path)),
    real: once((path) => view.real(path)),
    env: once((name) => view.env(name)),
  };
}

function once<Value>(look: (key: string) => Value): (key: string) => Value {
  const known = new Map<string, { readonly value: Value }>();
  return (key) => {
    const found = known.get(key) ?? { value: look(key) };
    known.set(key, found);
    return found.value;
  };
}
