import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { addressClass, isForbidden, parseAddress } from "./addresses.js";

/** Test beds use the documentation prefixes as their public ones. */
const DIALLED = ["public", "documentation"];

const NONE: ReadonlySet<string> = new Set();

for (const [ip, kind] of [
  ["1.1.1.1", "public"],
  ["8.8.8.8", "public"],
  ["9.255.255.255", "public"],
  ["11.0.0.0", "public"],
  ["100.63.255.255", "public"],
  ["100.128.0.0", "public"],
  ["172.15.255.255", "public"],
  ["172.32.0.0", "public"],
  ["192.0.1.0", "public"],
  ["198.17.255.255", "public"],
  ["198.20.0.0", "public"],
  ["223.255.255.255", "public"],
  ["0.0.0.0", "unspecified"],
  ["0.1.2.3", "this-network"],
  ["10.0.0.0", "private"],
  ["10.255.255.255", "private"],
  ["100.64.0.0", "shared"],
  ["100.127.255.255", "shared"],
  ["100.100.100.200", "metadata"],
  ["127.0.0.1", "loopback"],
  ["127.255.255.254", "loopback"],
  ["168.63.129.16", "metadata"],
  ["168.63.129.17", "public"],
  ["169.254.169.254", "metadata"],
  ["169.254.1.1", "link-local"],
  ["172.16.0.1", "private"],
  ["172.31.255.255", "private"],
  ["192.0.0.1", "protocol"],
  ["192.0.0.192", "metadata"],
  ["192.0.2.1", "documentation"],
  ["192.88.99.1", "protocol"],
  ["192.168.255.255", "private"],
  ["198.18.0.0", "benchmarking"],
  ["198.19.255.255", "benchmarking"],
  ["198.51.100.1", "documentation"],
  ["203.0.113.255", "documentation"],
  ["224.0.0.1", "multicast"],
  ["239.255.255.255", "multicast"],
  ["240.0.0.1", "reserved"],
  ["255.255.255.255", "broadcast"],
  ["2606:4700:4700::1111", "public"],
  ["2a00:1450:4001:80b::200e", "public"],
  ["2000::", "public"],
  ["::", "unspecified"],
  ["::1", "loopback"],
  ["::7f00:1", "embedded"],
  ["::127.0.0.1", "embedded"],
  ["::ffff:8.8.8.8", "embedded"],
  ["::ffff:0:7f00:1", "embedded"],
  ["64:ff9b::808:808", "embedded"],
  ["64:ff9b:1:ffff::1", "embedded"],
  ["2001::1", "embedded"],
  ["2001:0:4136:e378:8000:63bf:3fff:fdd2", "embedded"],
  ["2002:808:808::", "embedded"],
  ["2606:4700::5efe:a00:1", "embedded"],
  ["2606:4700::200:5efe:a00:1", "embedded"],
  ["2001:2::1", "benchmarking"],
  ["2001:10::1", "protocol"],
  ["2001:20::1", "protocol"],
  ["2001:1ff:ffff::1", "protocol"],
  ["2001:200::1", "public"],
  ["2001:db8::1", "documentation"],
  ["2620:4f:8000::1", "protocol"],
  ["3fff:fff::1", "documentation"],
  ["3fff:1000::1", "public"],
  ["100::1", "reserved"],
  ["5f00::1", "protocol"],
  ["4000::1", "reserved"],
  ["1fff::1", "reserved"],
  ["fc00::1", "private"],
  ["fd12:3456::1", "private"],
  ["fd00:ec2::254", "metadata"],
  ["fe80::1", "link-local"],
  ["febf::1", "link-local"],
  ["fec0::1", "private"],
  ["ff02::1", "multicast"],
  ["FE80::A9FE:A9FE", "metadata"],
  ["", "malformed"],
  ["1.2.3", "malformed"],
  ["01.2.3.4", "malformed"],
  ["1.2.3.256", "malformed"],
  ["0x7f.0.0.1", "malformed"],
  ["2130706433", "malformed"],
  ["1.2.3.4 ", "malformed"],
  ["[::1]", "malformed"],
  ["fe80::1%eth0", "malformed"],
  ["2606:4700::1%lo", "malformed"],
  [":::", "malformed"],
  ["1::2::3", "malformed"],
  ["1:2:3:4:5:6:7", "malformed"],
  ["1:2:3:4:5:6:7:8:9", "malformed"],
  ["1:2:3:4:5:6:7:8::", "malformed"],
  ["12345::", "malformed"],
  ["1.2.3.4::", "malformed"],
  ["::1.2.3.4:5", "malformed"],
  ["::1.2.3", "malformed"],
  [":1::", "malformed"],
  ["api.example.com", "malformed"],
] as const) {
  test(`${ip === "" ? "nothing" : ip} is ${kind}, and ${DIALLED.includes(kind) ? "may" : "mustn't"} be dialled`, () => {
    assert.equal(addressClass(ip), kind);
    assert.equal(isForbidden(ip, NONE), !DIALLED.includes(kind));
  });
}

test("own addresses are forbidden in any spelling, also with a zone as the operating system writes it", () => {
  const own = new Set(["8.8.4.4", "2606:4700:0:0::1", "2606:4700::2%eth0", "nonsense"]);
  for (const ip of ["8.8.4.4", "2606:4700::1", "2606:4700:0:0:0:0:0:2", "2606:4700::0.0.0.1"])
    assert.ok(isForbidden(ip, own), ip);
  for (const ip of ["8.8.8.8", "2606:4700::3"]) assert.ok(!isForbidden(ip, own), ip);
});

test("any text has a class, and only what is read as bytes is public", () => {
  const text = fc.oneof(
    fc.string({ unit: "binary", maxLength: 60 }),
    fc.stringMatching(/^[0-9a-f:.%]{0,50}$/),
    fc.ipV6(),
    fc.ipV4Extended(),
  );
  fc.assert(
    fc.property(text, (ip) => {
      const bytes = parseAddress(ip);
      assert.equal(addressClass(ip) === "malformed", bytes === undefined);
      assert.ok(bytes === undefined || bytes.length === (ip.includes(":") ? 16 : 4));
      if (bytes === undefined) assert.ok(isForbidden(ip, NONE));
    }),
    { numRuns: 3000 },
  );
});

test("what is read as an IPv6 address is what the URL parser of Node reads", () => {
  fc.assert(
    fc.property(fc.oneof(fc.ipV6(), fc.stringMatching(/^[0-9a-f:]{2,20}$/)), (ip) => {
      const bytes = parseAddress(ip);
      let canonical: string | undefined;
      try {
        canonical = new URL(`http://[${ip}]/`).hostname.slice(1, -1);
      } catch {
        canonical = undefined;
      }
      assert.equal(bytes === undefined, canonical === undefined, ip);
      if (bytes !== undefined && canonical !== undefined) assert.deepEqual(parseAddress(canonical), bytes);
    }),
    { numRuns: 3000 },
  );
});

const PRIVATE: readonly (readonly [number, number])[] = [
  [0x0a000000, 24],
  [0x7f000000, 24],
  [0xac100000, 20],
  [0xc0a80000, 16],
  [0xa9fe0000, 16],
  [0x64400000, 22],
  [0xe0000000, 28],
];

test("an address of a private range is forbidden as it is and in every form that carries it in IPv6", () => {
  const hex = (value: number) => value.toString(16);
  fc.assert(
    fc.property(fc.constantFrom(...PRIVATE), fc.nat(0xffffffff), ([base, bits], more) => {
      const value = base + (more % 2 ** bits);
      const [a, b, c, d] = [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255];
      const quad = `${a}.${b}.${c}.${d}`;
      const groups = `${hex((a << 8) | b)}:${hex((c << 8) | d)}`;
      const flipped = `${hex(((a << 8) | b) ^ 0xffff)}:${hex(((c << 8) | d) ^ 0xffff)}`;
      const forms = [
        quad,
        `::${groups}`,
        `::${quad}`,
        `::ffff:${groups}`,
        `::ffff:${quad}`,
        `0:0:0:0:0:FFFF:${quad}`,
        `::ffff:0:${groups}`,
        `64:ff9b::${groups}`,
        `64:ff9b::${quad}`,
        `64:ff9b:1::${groups}`,
        `2002:${groups}::1`,
        `2001:0:${groups}:0:0:0:0`,
        `2001:0:4136:e378:8000:63bf:${flipped}`,
        `2606:4700::5efe:${groups}`,
        `2606:4700::200:5efe:${groups}`,
        `fe80::5efe:${groups}`,
      ];
      for (const form of forms) assert.ok(isForbidden(form, NONE), form);
    }),
    { numRuns: 2000 },
  );
});
