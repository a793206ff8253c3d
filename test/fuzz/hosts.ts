// Fuzzes the reading and judging of names, from the table of odd hosts: whatever is made of its entries, only the allowed names in their
// canonical bytes are reached, and the answer is readable.
import assert from "node:assert/strict";
import fc from "fast-check";
import { agrees } from "../../src/egress/decide/agree.js";
import { makeJudge } from "../../src/egress/decide/judge.js";
import { networkOf, outcomeOf, readCorpus, ruleFor, WAYS } from "../support/hosts.js";
import { fuzz } from "./limit.js";

const inputs = readCorpus().map(({ input }) => input);
const ALLOWED = /^(?:allowed\.example|(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+wild\.example)$/;
const PIECES = [
  "\0",
  ".",
  "%00",
  "%",
  "@",
  "[",
  "]",
  ":",
  "/",
  "\\",
  "\r\n",
  "\u3002",
  "\u00ad",
  "xn--",
  "0x",
  "*",
  "_",
];

const change = fc.record({
  kind: fc.constantFrom("insert", "delete", "replace", "join", "case", "repeat"),
  at: fc.nat(300),
  piece: fc.oneof(fc.constantFrom(...PIECES), fc.string({ unit: "binary", maxLength: 2 }), fc.constantFrom(...inputs)),
});

function changed(text: string, { kind, at, piece }: { kind: string; at: number; piece: string }): string {
  const cut = text.length === 0 ? 0 : at % text.length;
  switch (kind) {
    case "insert":
      return text.slice(0, cut) + piece + text.slice(cut);
    case "delete":
      return text.slice(0, cut) + text.slice(cut + 1);
    case "replace":
      return text.slice(0, cut) + piece + text.slice(cut + 1);
    case "join":
      return text + piece;
    case "case":
      return text.slice(0, cut) + text.slice(cut).toUpperCase();
    default:
      return (text + piece).repeat((at % 3) + 1);
  }
}

const judge = makeJudge(networkOf([ruleFor("allowed.example"), ruleFor("*.wild.example")]));
const TARGET = { host: "allowed.example", port: 443 };

await fuzz(
  fc.asyncProperty(fc.constantFrom(...inputs), fc.array(change, { maxLength: 4 }), async (seed, changes) => {
    const input = changes.reduce(changed, seed).slice(0, 4096);
    for (const way of WAYS) {
      const { canonical, allowed } = outcomeOf(input, way);
      if (canonical !== undefined) assert.match(canonical, /^[a-z0-9.-]{1,253}$|^[0-9a-f:]{2,39}$/);
      if (allowed) assert.match(canonical ?? "", ALLOWED);
    }
    // Asked with the bytes as they came, only canonical ones are allowed.
    for (const verdict of [judge.target({ host: input, port: 443 }), judge.name(input)]) {
      if (verdict.allowed) assert.match(input, ALLOWED);
      else assert.match(verdict.reason, /^[\x20-\x7e]{10,600}$/);
    }
    for (const where of ["host", "authority", "absolute", "sni"] as const) {
      if (agrees(TARGET, input, where) === undefined) assert.match(input, /^allowed\.example(?::443)?$/i);
    }
  }),
);
