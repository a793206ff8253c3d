// What of a run's denials the user could allow, and by which line: told after the run, to a person. Hosts are named by whatever ran inside,
// so it is a choice to be made, and few are shown.
import { printable } from "../core/text.js";
import type { Event } from "../events/types.js";

const SHOWN = 5;
const MAX_KEPT = 50;
/** The egress path says in its own words what would have to be written, and where. */
const ENTRY =
  /; ask your user to add "([^"\\]{1,300})" to network\.allow in (.{1,400})$|: this sandbox has no network; ask your user to add "([^"\\]{1,300})" to network\.allow in (.{1,400})$/;
const METHOD = /; ask your user to add "([A-Z-]{1,32})" to its methods$/;
const PATH = /; ask your user to add it to its paths$/;

export class Advice {
  readonly #hosts = new Set<string>();
  readonly #settings = new Set<string>();
  readonly #sockets = new Set<string>();
  readonly #misused = new Set<string>();
  #file = "";

  see(event: Event): void {
    switch (event.type) {
      case "network.denied":
        this.#network(event.reason, event.rule, event.path);
        break;
      case "dns.denied":
        this.#network(event.reason, undefined, undefined);
        break;
      case "file.protected":
        if (event.operation === "connect") keep(this.#sockets, event.path);
        break;
      case "alert":
        if (event.on === "secret.misused") keep(this.#misused, event.message);
        break;
      default:
        break;
    }
  }

  lines(): readonly string[] {
    const hosts = [...this.#hosts];
    const allowed = hosts.slice(0, SHOWN).map((host) => `  - ${quoted(host)}`);
    const more = hosts.length > SHOWN ? [`  … and ${hosts.length - SHOWN} more`] : [];
    const options = hosts.slice(0, SHOWN).map((host) => `--allow ${quoted(host)}`);
    return [
      ...list("sent where it isn't for, and refused:", [...this.#misused]),
      ...(hosts.length === 0
        ? []
        : [
            `to allow what is meant, add to network.allow in ${this.#file}:`,
            ...allowed,
            ...more,
            `  or for one run: ${options.join(" ")}`,
          ]),
      ...list("rules that were too narrow:", [...this.#settings]),
      ...list("sockets of this computer, to be named in network.sockets if they are meant:", [...this.#sockets]),
    ];
  }

  #network(reason: string, rule: string | undefined, path: string | undefined): void {
    const [, first, file, alone, place] = ENTRY.exec(reason) ?? [];
    const host = first ?? alone;
    const method = METHOD.exec(reason)?.[1];
    if (host !== undefined) {
      keep(this.#hosts, host);
      const where = file ?? place ?? "";
      this.#file = where === "the policy" ? "cordon.yaml" : where;
    } else if (method !== undefined && rule !== undefined) keep(this.#settings, `${rule}.methods: [${method}]`);
    else if (PATH.test(reason) && rule !== undefined && path !== undefined)
      keep(this.#settings, `${rule}.paths: [${JSON.stringify(path)}]`);
  }
}

function keep(set: Set<string>, text: string): void {
  if (set.size < MAX_KEPT) set.add(printable(text, 300));
}

function list(title: string, entries: readonly string[]): readonly string[] {
  if (entries.length === 0) return [];
  const more = entries.length > SHOWN ? [`  … and ${entries.length - SHOWN} more`] : [];
  return [title, ...entries.slice(0, SHOWN).map((entry) => `  ${entry}`), ...more];
}

/** As YAML and a shell both take it. */
function quoted(text: string): string {
  return /^[A-Za-z0-9.:-]+$/.test(text) && !text.startsWith("-") ? text : `"${text}"`;
}
