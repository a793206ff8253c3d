// `cordon image ls`: what was built, by name and digest.
import { readConfig } from "../../../images/manifest.js";
import type { ImageStore } from "../../../images/store.js";
import { columns } from "../../columns.js";
import { flag } from "../../command.js";
import type { ImageRequest } from "../image.js";

export async function list({ invocation, store }: ImageRequest): Promise<number> {
  const { out } = invocation;
  const images = store.names().map(({ ref }) => rowOf(store, ref));
  if (flag(invocation, "json")) {
    out.print(JSON.stringify(images, null, 2));
    return 0;
  }
  if (images.length === 0) {
    out.note("there are no images; cordon image build FILE makes one");
    return 0;
  }
  const rows = images.map(({ ref, digest, sizeBytes, created }) => [ref, digest, sizeText(sizeBytes), created]);
  out.print(columns([["NAME", "DIGEST", "SIZE", "TIME"], ...rows], [2]));
  return 0;
}

function rowOf(store: ImageStore, ref: string) {
  const { digest, manifest } = store.expect(ref);
  const { created } = readConfig(store.readBlob(manifest.config));
  return { ref, digest, sizeBytes: manifest.layers.reduce((sum, { size }) => sum + size, 0), created };
}

export function sizeText(bytes: number): string {
  return `${(bytes / (1024 * 1024)).toFixed(1)} MiB`;
}
