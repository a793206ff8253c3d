import assert from "node:assert/strict";
import { test } from "node:test";
import { SyntheticNames } from "./names.js";

test("each name keeps its own address, and the address tells the name", () => {
  const names = new SyntheticNames();
  const address = names.addressOf("a.example");
  assert.equal(address, "198.18.0.1");
  assert.equal(names.addressOf("b.example"), "198.18.0.2");
  assert.equal(names.addressOf("a.example"), address);
  assert.equal(names.nameOf("198.18.0.2"), "b.example");
});

test("addresses are never network or broadcast addresses, and never given twice", () => {
  const names = new SyntheticNames("198.18.0.0/15", 1_000_000);
  const seen = new Set<string>();
  let count = 0;
  for (;;) {
    const address = names.addressOf(`h${count}.example`);
    if (address === undefined) break;
    assert.match(address, /^198\.1[89]\.\d{1,3}\.(?!0$|255$)\d{1,3}$/);
    assert.equal(names.nameOf(address), `h${count}.example`);
    seen.add(address);
    count += 1;
  }
  assert.deepEqual([count, seen.size], [512 * 254, 512 * 254]);
  assert.equal(names.addressOf("one-more.example"), undefined);
  assert.equal(names.addressOf("h0.example"), "198.18.0.1");
});

test("the table is bounded whatever the prefix is", () => {
  const names = new SyntheticNames("127.64.0.0/10", 3);
  assert.deepEqual(
    ["a", "b", "c", "d"].map((name) => names.addressOf(name)),
    ["127.64.0.1", "127.64.0.2", "127.64.0.3", undefined],
  );
});

test("addresses of nobody, of others and odd spellings have no name", () => {
  const names = new SyntheticNames();
  names.addressOf("a.example");
  const none = ["198.18.0.0", "198.18.0.2", "198.18.0.255", "198.18.1.1", "198.17.255.255", "198.20.0.1", "10.0.0.1"];
  const odd = [
    "198.18.0.01",
    "198.18.1",
    "0xc6.18.0.1",
    "::ffff:198.18.0.1",
    "198.18.0.1.",
    "198.18.0.1 ",
    "",
    "198.18.0.257",
  ];
  for (const address of [...none, ...odd]) assert.equal(names.nameOf(address), undefined, address);
});

test("what isn't a prefix is refused", () => {
  for (const prefix of ["198.18.0.0", "198.18.0.1/15", "x/15", "198.18.0.0/33", "198.18.0.0/25"])
    assert.throws(() => new SyntheticNames(prefix), TypeError, prefix);
});
