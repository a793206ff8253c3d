import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { containment } from "./contained.js";

test("what throws is broken off, and what throws in that goes no further", () => {
  let broken = 0;
  const contained = containment(() => {
    broken += 1;
    throw new Error("again");
  });
  contained((given: number) => {
    throw new Error(String(given));
  })(1);
  assert.equal(broken, 1);
  const seen: number[] = [];
  contained((one: number, two: number) => seen.push(one, two))(1, 2);
  assert.deepEqual(seen, [1, 2]);
  assert.equal(broken, 1);
});

/** From the compiled file's place. */
const source = new URL("../../../src/egress/", import.meta.url);
/** Handlers of one step that can't throw. */
const HARMLESS = /^\(\) => (?:undefined\b|clearTimeout\(|[#\w.]+\.(?:delete|destroy|destroySoon)\()|^place\.release\b/;
/** Those that reach a contained one: a gate's server is everybody's, its connections contain; a listener has no connection yet. */
const CONTAINING: Readonly<Record<string, RegExp>> = {
  "http/gate.ts": /^(?:serve\b|\([\w, ]+\) =>\s*this\.#with\()/,
  "proxy/ports.ts": /^(?:\(client: Socket\) => containment\(|\(\) => settle\(|\(error\) => \{\s*if \(address === )/,
};

for (const folder of ["http", "proxy"]) {
  test(`every event that enters src/egress/${folder} is contained`, () => {
    const files = readdirSync(new URL(`${folder}/`, source)).filter((name) => /(?<!\.test|fixture)\.ts$/.test(name));
    assert.ok(files.length > 5);
    assert.deepEqual(
      files.flatMap((name) => uncontained(`${folder}/${name}`)),
      [],
    );
  });
}

function uncontained(file: string): string[] {
  const text = readFileSync(new URL(file, source), "utf8");
  // Names that stand for contained handlers, and for those that are given in as such.
  const names = [...text.matchAll(/([#\w]+)\s*=\s*(?:this\.#?|connection\.)?contain(?:ed|ment)\(/g)].map(
    ([, name]) => name,
  );
  const handlers = [
    ...text.matchAll(/(?:\.(?:on|once|addEventListener)\(\s*"\w+",|\bset(?:Immediate)\()\s*(?=([\s\S]{0,80}))/g),
  ];
  return handlers.flatMap(([whole, handler = ""]) => {
    const known = /^(?:this\.)?([#\w]+)\s*[,)]/.exec(handler)?.[1];
    const fine =
      /^(?:this\.#?|connection\.)?contain(?:ed|ment)\(/.test(handler) ||
      HARMLESS.test(handler) ||
      CONTAINING[file]?.test(handler) ||
      (known !== undefined && names.includes(known));
    return fine ? [] : [`${file}: ${(whole + handler).replace(/\s+/g, " ")}`];
  });
}
