import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Judge } from "../types.js";
import { answererOf, type FixtureOptions, judgeOf, nameAt, queryBytes } from "./fixture.js";
import { SyntheticNames } from "./names.js";
import { RCODE, TYPE } from "./wire.js";

const EDNS = { edns: 1232 };

test("an allowed name gets its synthetic address, for a minute, and no event", () => {
  const { ask, told, names } = answererOf();
  const answer = ask("api.example.com");
  assert.deepEqual([answer.rcode, answer.addresses, answer.answers[0]?.ttl], [RCODE.NOERROR, ["198.18.0.1"], 60]);
  assert.equal(answer.answers[0]?.name, "api.example.com");
  assert.equal(names.nameOf("198.18.0.1"), "api.example.com");
  assert.deepEqual(ask("www.example.org").addresses, ["198.18.0.2"]);
  assert.deepEqual(ask("api.example.com").addresses, ["198.18.0.1"]);
  assert.deepEqual(told, []);
});

test("an allowed name has nothing but an address", () => {
  const { ask, told } = answererOf();
  const types = [
    TYPE.AAAA,
    TYPE.HTTPS,
    TYPE.SVCB,
    TYPE.TXT,
    TYPE.MX,
    TYPE.SRV,
    TYPE.NS,
    TYPE.SOA,
    TYPE.CNAME,
    TYPE.PTR,
    99,
  ];
  for (const type of types) {
    const answer = ask("api.example.com", { type });
    assert.deepEqual([answer.rcode, answer.answers, answer.authorities.length], [RCODE.NOERROR, [], 1]);
  }
  assert.deepEqual(told, []);
});

test("any other name doesn't exist, says why to those who speak EDNS, and becomes one event", () => {
  const { ask, told } = answererOf();
  for (const type of [TYPE.A, TYPE.AAAA, TYPE.TXT, TYPE.ANY]) {
    const answer = ask("secret.evil.example", { type, ...EDNS });
    assert.equal(answer.rcode, RCODE.NXDOMAIN);
    assert.deepEqual(answer.error, { code: 18, text: "no rule allows secret.evil.example" });
  }
  assert.equal(ask("secret.evil.example").error, undefined);
  assert.deepEqual(
    told.map(({ name, denied }) => [name, denied.code]),
    [["secret.evil.example", "no-rule"]],
  );
});

test("the bare domain of a wildcard isn't allowed", () => {
  assert.equal(answererOf().ask("example.org").rcode, RCODE.NXDOMAIN);
});

test("the question comes back in the asker's own case, and the canonical name is judged", () => {
  const { ask, names } = answererOf();
  const answer = ask("aPi.ExAmPlE.cOm");
  assert.deepEqual(answer.addresses, ["198.18.0.1"]);
  assert.ok(answer.question?.includes(Buffer.from("\x03aPi\x07ExAmPlE\x03cOm\0", "latin1")));
  assert.equal(names.nameOf("198.18.0.1"), "api.example.com");
});

test("localhost is this host, and everything below it", () => {
  const { ask, told } = answererOf();
  for (const name of ["localhost", "LOCALHOST", "app.localhost"]) {
    assert.deepEqual(ask(name).addresses, ["127.0.0.1"]);
    assert.deepEqual(ask(name, { type: TYPE.AAAA }).answers[0]?.data, Buffer.from(`${"00".repeat(15)}01`, "hex"));
    assert.deepEqual(ask(name, { type: TYPE.MX }).answers, []);
  }
  assert.deepEqual(told, []);
});

test("a synthetic address tells its name backwards, loopback is localhost, others have none", () => {
  const { ask, told } = answererOf();
  ask("api.example.com");
  const pointer = (name: string) => {
    const [record] = ask(name, { type: TYPE.PTR }).answers;
    return record && nameAt(record.data, 0).name;
  };
  assert.equal(pointer("1.0.18.198.in-addr.arpa"), "api.example.com");
  assert.equal(pointer("1.0.0.127.in-addr.arpa"), "localhost");
  assert.equal(pointer(`1.${"0.".repeat(31)}ip6.arpa`), "localhost");
  assert.deepEqual(ask("1.0.18.198.in-addr.arpa").answers, []);
  assert.equal(told.length, 0);
  assert.equal(ask("1.0.0.10.in-addr.arpa", { type: TYPE.PTR }).rcode, RCODE.NXDOMAIN);
  assert.equal(told[0]?.name, "1.0.0.10.in-addr.arpa");
});

test("other classes, transfers and the server's own version are refused, the root has no records", () => {
  const { ask } = answererOf();
  assert.equal(ask("version.bind", { class: 3, type: TYPE.TXT }).rcode, RCODE.REFUSED);
  assert.equal(ask("api.example.com", { class: 4 }).rcode, RCODE.REFUSED);
  for (const type of [TYPE.AXFR, TYPE.IXFR, TYPE.TKEY, TYPE.TSIG, TYPE.MAILA, TYPE.MAILB, 128])
    assert.equal(ask("api.example.com", { type }).rcode, RCODE.REFUSED);
  assert.deepEqual([ask("", { type: TYPE.NS }).rcode, ask("", { type: TYPE.NS }).answers.length], [RCODE.NOERROR, 0]);
});

test("ANY gets the least that is an answer", () => {
  const answer = answererOf().ask("api.example.com", { type: TYPE.ANY });
  assert.deepEqual([answer.answers.length, answer.addresses], [1, ["198.18.0.1"]]);
});

test("names that no host has are refused and told in printable letters", () => {
  const { ask, told } = answererOf({ judge: judgeOf("*.example.org") });
  const odd: readonly (readonly string[])[] = [
    ["a\0b", "example", "org"],
    ["a.b", "example", "org"],
    ["a b", "example", "org"],
    ["\x1b[31m", "example", "org"],
    ["caf\xe9", "example", "org"],
    ["-a", "example", "org"],
    ["*", "example", "org"],
    ["a", "127", "0", "0", "1"],
    ["192", "0", "2", "1"],
    ["0x7f", "1"],
    ["xn--a", "example", "org"],
  ];
  for (const labels of odd) assert.equal(ask(labels).rcode, RCODE.NXDOMAIN, labels.join("."));
  assert.equal(told.length, odd.length);
  for (const { name, denied } of told) {
    assert.match(name, /^[\x21-\x7e]{1,253}$/);
    assert.equal(denied.code, "malformed");
  }
  assert.equal(told[0]?.name, "a\\000b.example.org");
});

test("an address that a rule names isn't answered as a name", () => {
  assert.equal(answererOf({ judge: judgeOf("192.0.2.1") }).ask("192.0.2.1").rcode, RCODE.NXDOMAIN);
});

test("services of an allowed host have no address, those of others don't exist", () => {
  const { ask } = answererOf();
  const srv = ask("_http._tcp.api.example.com", { type: TYPE.SRV });
  assert.deepEqual([srv.rcode, srv.answers.length], [RCODE.NOERROR, 0]);
  assert.deepEqual(ask("_x.api.example.com").addresses, []);
  assert.equal(ask("_http._tcp.evil.example", { type: TYPE.SRV }).rcode, RCODE.NXDOMAIN);
  assert.equal(ask("_only").rcode, RCODE.NXDOMAIN);
});

const LISTS = `ads.example.org CNAME .
empty.example.org CNAME *.
drop.example.org CNAME rpz-drop.
tcp.example.org CNAME rpz-tcp-only.
*.bad.example.org CNAME .
good.bad.example.org CNAME rpz-passthru.
outside.example CNAME rpz-passthru.
`;

test("blocklists refuse what the policy allows, and let nothing through that it doesn't", () => {
  const { ask, told, answerer } = answererOf({ blocklist: LISTS });
  const ads = ask("ads.example.org", EDNS);
  assert.equal(ads.rcode, RCODE.NXDOMAIN);
  assert.equal(ads.error?.code, 15);
  assert.match(ads.error?.text ?? "", /blocklist \(ads\.example\.org at \/lists\/block\.rpz:1\)/);
  assert.deepEqual([told[0]?.denied.code, told[0]?.denied.place], ["blocklist", "/lists/block.rpz:1"]);
  assert.deepEqual([ask("empty.example.org").rcode, ask("empty.example.org").addresses], [RCODE.NOERROR, []]);
  assert.equal(ask("drop.example.org").rcode, RCODE.NXDOMAIN);
  assert.equal(ask("x.bad.example.org").rcode, RCODE.NXDOMAIN);
  assert.equal(ask("good.bad.example.org").addresses.length, 1);
  assert.equal(ask("outside.example").rcode, RCODE.NXDOMAIN);
  const overUdp = ask("tcp.example.org");
  assert.deepEqual([overUdp.truncated, overUdp.addresses], [true, []]);
  assert.ok((answerer.answer(queryBytes("tcp.example.org"), "tcp")?.readUInt16BE(6) ?? 0) > 0);
});

const PAYLOAD = "mfrggzdfmztwq2lknnwg23tpobyxe43uov3ho6dzpiydcmrtgq2tmnzy";

test("below a wildcard a payload is refused, and told with the rule; a host named in full is not", () => {
  const options: FixtureOptions = { judge: judgeOf("*.example.org", `${PAYLOAD}.example.org`) };
  const { ask, told } = answererOf(options);
  const answer = ask(`${PAYLOAD}.example.org`, EDNS);
  assert.deepEqual([answer.rcode, answer.error?.code], [RCODE.NXDOMAIN, 17]);
  assert.deepEqual(
    [told[0]?.denied.code, told[0]?.denied.origin, told[0]?.denied.place],
    ["label", "network.allow.0", "/work/cordon.yaml:3:7"],
  );
  const exact = answererOf({ ...options, exactNames: new Set([`${PAYLOAD}.example.org`]) });
  assert.equal(exact.ask(`${PAYLOAD}.example.org`).addresses.length, 1);
});

test("new names below one wildcard are limited by the minute, known and exact ones are not", () => {
  let now = 0;
  const judge = judgeOf("*.example.org", "*.example.net", "api.example.com");
  const { ask, told } = answererOf({ judge, nowMs: () => now });
  for (let index = 0; index < 60; index++) assert.equal(ask(`h${index}.example.org`).addresses.length, 1);
  assert.equal(ask("h60.example.org", { type: TYPE.AAAA }).rcode, RCODE.NXDOMAIN);
  assert.match(told[0]?.denied.reason ?? "", /more than 60 new names below \*\.example\.org in a minute/);
  assert.equal(ask("h3.example.org").addresses.length, 1);
  assert.equal(ask("a.example.net").addresses.length, 1);
  assert.equal(ask("api.example.com").addresses.length, 1);
  now = 60_000;
  assert.equal(ask("h60.example.org").addresses.length, 1);
});

test("when no address is left, a new name fails and a known one still works", () => {
  const names = new SyntheticNames("198.18.0.0/15", 1);
  const { ask, told } = answererOf({ names });
  assert.equal(ask("a.example.org").addresses.length, 1);
  assert.equal(ask("b.example.org").rcode, RCODE.SERVFAIL);
  assert.equal(ask("a.example.org").addresses.length, 1);
  assert.equal(told[0]?.denied.code, "quota");
});

test("a decision that fails is a no, with an event; a record that fails changes no answer", () => {
  const broken = (): never => {
    throw new Error("broken");
  };
  const judge: Judge = { name: broken, target: broken, request: broken };
  const { ask, told } = answererOf({ judge });
  assert.equal(ask("api.example.com").rcode, RCODE.NXDOMAIN);
  assert.equal(told[0]?.denied.code, "internal");
  const mute = answererOf({ judge });
  mute.told.push = broken;
  assert.equal(mute.ask("api.example.com").rcode, RCODE.NXDOMAIN);
});

test("a name is told at most once in five seconds, and each name of a flood is told", () => {
  let now = 0;
  const { ask, told } = answererOf({ nowMs: () => now });
  ask("x.evil.example");
  now = 4_999;
  ask("x.evil.example");
  assert.equal(told.length, 1);
  now = 5_000;
  ask("x.evil.example");
  assert.equal(told.length, 2);
  for (let index = 0; index < 5_000; index++) ask(`n${index}.evil.example`);
  assert.equal(told.length, 5_002);
});

test("whatever is asked, an address is given only for names that the judge allows", () => {
  const judge = judgeOf("api.example.com", "*.example.org");
  const { answerer, names } = answererOf({ judge });
  const part = fc.oneof(
    fc.constantFrom("api", "example", "com", "org", "www", "a.b", "EXAMPLE", "*", "_tcp", "localhost"),
    fc
      .string({ minLength: 1, maxLength: 8, unit: "binary" })
      .map((text) => Buffer.from(text).toString("latin1").slice(0, 63)),
  );
  fc.assert(
    fc.property(fc.array(part, { maxLength: 6 }), fc.nat(300), (labels, type) => {
      if (type === 0) return;
      const answer = answerer.answer(queryBytes(labels, { type }), "udp");
      if (answer === undefined || answer.readUInt16BE(6) === 0 || labels.at(-1)?.toLowerCase() === "localhost") return;
      const name = names.nameOf([...answer.subarray(-4)].join(".")) ?? assert.fail();
      assert.ok(judge.name(name).allowed);
      assert.equal(name, labels.join(".").toLowerCase());
    }),
    { numRuns: 2000 },
  );
});
