// Words for systemd-run. Pure.
import type { Op } from "../../../plan/types.js";
import { words } from "../../common/launch.js";
import type { Directive } from "../../common/systemd.js";

export function properties(values: readonly Directive[]): readonly Op[] {
  return words(...values.map(({ name, value }) => `--property=${name}=${value}`));
}
