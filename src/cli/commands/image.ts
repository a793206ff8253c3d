// `cordon image`: builds, signs, verifies, pins and lists the images whose files a sandbox can have instead of the host's.
import { CordonError } from "../../core/error.js";
import { didYouMean, printable } from "../../core/text.js";
import { userFacts } from "../../host/probe/user.js";
import { ImageStore } from "../../images/store.js";
import { stateFolder } from "../../policy/trust.js";
import type { Invocation } from "../command.js";

export interface ImageRequest {
  readonly invocation: Invocation;
  readonly store: ImageStore;
  /** What follows the action's name. */
  readonly words: readonly string[];
  /** The user's home. */
  readonly home: string;
}

type Action = (request: ImageRequest) => Promise<number>;

/** Each with the options that it takes. */
const ACTIONS: Readonly<Record<string, { readonly options: readonly string[]; readonly load: () => Promise<Action> }>> =
  {
    build: { options: ["update", "locked", "json"], load: async () => (await import("./image/build.js")).build },
    sign: { options: ["key", "new-key", "gpg", "output"], load: async () => (await import("./image/sign.js")).sign },
    verify: { options: ["key"], load: async () => (await import("./image/verify.js")).verify },
    pin: { options: ["policy"], load: async () => (await import("./image/pin.js")).pin },
    ls: { options: ["json"], load: async () => (await import("./image/list.js")).list },
  };

export async function run(invocation: Invocation): Promise<number> {
  const [name = "", ...words] = invocation.positionals;
  const action = Object.hasOwn(ACTIONS, name) ? ACTIONS[name] : undefined;
  if (action === undefined) {
    const names = Object.keys(ACTIONS);
    const meant = name === "" ? "" : `, not "${printable(name, 60)}".${didYouMean(name, names)}`;
    throw new CordonError("usage", `image takes ${names.slice(0, -1).join(", ")} or ${names.at(-1)}${meant}`, {
      hint: "cordon help image",
    });
  }
  const odd = Object.keys(invocation.options).find((option) => !action.options.includes(option));
  if (odd !== undefined)
    throw new CordonError("usage", `image ${name} takes no --${odd}`, { hint: "cordon help image" });
  const { env } = invocation;
  const { home } = userFacts({ uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0, env });
  return (await action.load())({ invocation, store: new ImageStore(stateFolder(env, home)), words, home });
}

/** The one word that an action takes. */
export function oneWord({ words }: ImageRequest, action: string, what: string): string {
  const [word, ...more] = words;
  if (word !== undefined && more.length === 0) return word;
  throw new CordonError("usage", `image ${action} takes one ${what}`, { hint: "cordon help image" });
}
