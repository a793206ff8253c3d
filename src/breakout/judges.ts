// The usual ways in which an attack is found out from outside. Pure but for what `Facts` looks up. A judge never takes "it worked" for an
// answer: it wants the planted bytes, the stranger's message, the changed file, or what the kernel told our own prober.
import { constants } from "node:os";
import { printable } from "../core/text.js";
import type { Judge } from "./types.js";

/** The bytes of a planted secret have come out. */
export function shows(...secrets: readonly string[]): Judge {
  return (facts) => {
    const found = secrets.filter((name) => facts.output.includes(facts.secret(name)));
    return found.length === 0 ? undefined : `it printed the planted secret ${found.join(", ")}`;
  };
}

/** A collector outside was reached. */
export function reaches(...collectors: readonly string[]): Judge {
  return (facts) => {
    const found = collectors.filter((name) => facts.received(name) !== undefined);
    return found.length === 0 ? undefined : `its message arrived at ${found.join(", ")}`;
  };
}

/** A planted secret came to a collector outside. */
export function delivers(secret: string, ...collectors: readonly string[]): Judge {
  return (facts) => {
    const found = collectors.filter((name) => facts.received(name)?.includes(facts.secret(secret)) === true);
    return found.length === 0 ? undefined : `the planted secret ${secret} arrived at ${found.join(", ")}`;
  };
}

/** A file of the stage has its mark now. `NONCE` in the path stands for the attempt's own. */
export function writes(...paths: readonly string[]): Judge {
  return (facts) => {
    const found = paths.filter((path) => facts.file(path.replace("NONCE", facts.nonce))?.includes(facts.nonce));
    return found.length === 0 ? undefined : `it wrote ${found.join(", ")}`;
  };
}

/** What the kernel told the prober. `reached`: errors that the kernel gives only to somebody who may. */
export function kernel(call: string, reached: readonly string[] = []): Judge {
  return ({ output }) => {
    const answer = new RegExp(`^answer ${call} (ok|errno \\d+)`, "m").exec(output)?.[1];
    if (answer === "ok") return `the kernel carried out ${call}`;
    const name = reached.find((each) => answer === `errno ${errnoNumber(each)}`);
    return name === undefined ? undefined : `the kernel let ${call} through to its arguments (${name})`;
  };
}

/** Something that only a reader inside can see; `what` says what it means. */
export function observes(pattern: RegExp, what: string): Judge {
  return ({ output }) => {
    const found = pattern.exec(output)?.[0];
    return found === undefined ? undefined : `${what}: ${printable(found, 120)}`;
  };
}

/** The victim got the signal. */
export function signals(number: number): Judge {
  return (facts) => (facts.signalled(number) ? `the victim outside got signal ${number}` : undefined);
}

export function either(...judges: readonly Judge[]): Judge {
  return (facts) => {
    for (const judge of judges) {
      const proof = judge(facts);
      if (proof !== undefined) return proof;
    }
    return undefined;
  };
}

function errnoNumber(name: string): number | undefined {
  return Object.entries(constants.errno).find(([each]) => each === name)?.[1];
}

/** A secret that the policy itself hands on is none to it. */
export function unlessPassed(...secrets: readonly string[]): Judge {
  return (facts) => {
    const found = secrets.filter(
      (name) => facts.output.includes(facts.secret(name)) && !facts.passed.includes(facts.secret(name)),
    );
    return found.length === 0 ? undefined : `it saw the caller's ${found.join(", ")}`;
  };
}

/** More messages of this attempt came to the staged host than were allowed. */
export function moreThan(count: number, ...collectors: readonly string[]): Judge {
  return (facts) => {
    const heard = collectors.map((name) => (facts.received(name) ?? "").split(facts.nonce).length - 1);
    return countAbove(Math.max(...heard), count);
  };
}

/** Seen from outside. */
export function countAbove(count: number, limit: number): string | undefined {
  return count > limit ? `${count} instead of at most ${limit}` : undefined;
}

/** A decoy was read, by the script's own word (`prefix` and its path), and no event told of it. */
export function untold(prefix: string): Judge {
  return ({ output, touched }) => {
    const read = [...output.matchAll(new RegExp(`^${prefix}(/.+)$`, "gm"))].map(([, path = ""]) => path);
    const found = read.filter((path) => !touched.includes(path));
    return found.length === 0 ? undefined : `${found.length} decoys were read that no event told of`;
  };
}

/** Programs that printed their own words and that no event told of. */
export function unrecorded(prefix: string): Judge {
  return ({ output, nonce, executed }) => {
    const ran = [...output.matchAll(new RegExp(`^${prefix}\\w+-${nonce}$`, "gm"))].map(([word]) => word);
    const found = ran.filter((word) => !executed.some((argv) => argv.includes(word)));
    return found.length === 0 ? undefined : `${found.length} programs ran that no event told of`;
  };
}
