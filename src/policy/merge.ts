// Layers into one: lists are concatenated without repeating an entry, scalars of a later layer win, mappings merge. Pure.
import { canonicalJson } from "../core/digest.js";
import type { Data } from "./document.js";
import { isList, type Layer } from "./layer.js";
import type { Place } from "./types.js";

export interface Merged {
  readonly value: Data;
  readonly places: ReadonlyMap<string, Place>;
}

/** Later layers go over earlier ones. `extends` and `version` are about files, so they don't take part. */
export function mergeLayers(layers: readonly Layer[]): Merged {
  const places = new Map<string, Place>();
  let value: Data = {};
  for (const layer of layers) value = new Merging(layer, places).merge(value, withoutFileKeys(layer.value), "", "");
  return { value, places };
}

function withoutFileKeys(value: Data): Data {
  if (value === null || typeof value !== "object" || isList(value)) return {};
  return Object.fromEntries(Object.entries(value).filter(([key]) => key !== "extends" && key !== "version"));
}

class Merging {
  readonly #layer: Layer;
  readonly #places: Map<string, Place>;

  constructor(layer: Layer, places: Map<string, Place>) {
    this.#layer = layer;
    this.#places = places;
  }

  /** `from`: the value's path in the layer; `to`: its path in the result (they differ within lists). */
  merge(under: Data | undefined, over: Data, from: string, to: string): Data {
    if (isTable(over)) {
      if (!isTable(under)) this.#forget(to);
      this.#mark(from, to, isTable(under));
      const result = new Map<string, Data>(isTable(under) ? Object.entries(under) : []);
      for (const [key, inner] of Object.entries(over)) {
        const known = result.get(key);
        result.set(key, this.merge(known, inner, join(from, key), join(to, key)));
      }
      return Object.fromEntries(result);
    }
    if (over !== null && typeof over === "object" && isList(over)) return this.#concatenate(under, over, from, to);
    this.#forget(to);
    this.#mark(from, to, false);
    return over;
  }

  #concatenate(under: Data | undefined, over: readonly Data[], from: string, to: string): Data {
    const base =
      under !== undefined && under !== null && typeof under === "object" && isList(under) ? under : undefined;
    this.#mark(from, to, base !== undefined && base.length > 0);
    const result = [...(base ?? [])];
    const seen = new Set(result.map(canonicalJson));
    for (const [index, item] of over.entries()) {
      const text = canonicalJson(item);
      if (seen.has(text)) continue;
      seen.add(text);
      result.push(this.merge(undefined, item, join(from, `${index}`), join(to, `${result.length}`)));
    }
    return result;
  }

  /** Keeps the first place of what several layers share, since each part has its own. */
  #mark(from: string, to: string, shared: boolean): void {
    const place = this.#layer.places.get(from);
    if (to !== "" && place !== undefined && !(shared && this.#places.has(to))) this.#places.set(to, place);
  }

  #forget(to: string): void {
    if (to === "") return;
    this.#places.delete(to);
  }
}

function isTable(value: Data | undefined): value is { readonly [key: string]: Data } {
  return value !== undefined && value !== null && typeof value === "object" && !isList(value);
}

function join(path: string, key: string): string {
  return path === "" ? key : `${path}.${key}`;
}
