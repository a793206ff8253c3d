// Hooks of Node's loader, in its own thread: each module that a mutation patches is read as patched.
import type { InitializeHook, LoadHook } from "node:module";
import type { Patch } from "./types.js";

const patches: Patch[] = [];

export const initialize: InitializeHook<readonly Patch[]> = async (data) => {
  patches.push(...data);
};

export const load: LoadHook = async (url, context, next) => {
  const loaded = await next(url, context);
  const own = patches.filter(({ file }) => url.endsWith(`/src/${file}`));
  if (own.length === 0 || loaded.source === undefined || loaded.source === null) return loaded;
  return { ...loaded, source: own.reduce(patched, Buffer.from(loaded.source as Uint8Array).toString("utf8")) };
};

function patched(source: string, { file, from, to }: Patch): string {
  const parts = source.split(from);
  if (parts.length !== 2) throw new Error(`${file} has ${parts.length - 1} times what the mutation takes out: ${from}`);
  return parts.join(to);
}
