import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { blocklistsOf } from "./fixture.js";
import { Blocklists, parseZone } from "./zones.js";

const ZONE = `; a list as they are published
$TTL 2h
$ORIGIN rpz.local.
@ 3600 IN SOA localhost. root.localhost. ( 2024010101 ; serial
      3600 600
      86400 60 )
  IN NS localhost.
bad.example.com        CNAME .
*.bad.example.com      CNAME .
nodata.example.com     IN 60 CNAME *.
Drop.Example.Com 60 IN CNAME rpz-drop.
tcp.example.com        CNAME rpz-tcp-only.
ok.bad.example.com     CNAME rpz-passthru.
*.wild.example         60 CNAME . ; whole domain
local.example          A 192.0.2.1
                       AAAA 2001:db8::1
                       TXT "a ; quoted ( string" more
garden.example         CNAME walled-garden.example.net.
absolute.example.rpz.local. CNAME .
$ORIGIN sub.rpz.local.
inner                  CNAME .
`;

test("every action is read, with its line", () => {
  const lists = blocklistsOf(ZONE);
  const cases: readonly (readonly [string, string | undefined, number?, string?])[] = [
    ["bad.example.com", "nxdomain", 8],
    ["x.bad.example.com", "nxdomain", 9, "*.bad.example.com"],
    ["y.x.bad.example.com", "nxdomain", 9, "*.bad.example.com"],
    ["nodata.example.com", "nodata", 10],
    ["drop.example.com", "drop", 11],
    ["tcp.example.com", "tcp-only", 12],
    ["ok.bad.example.com", undefined],
    ["under.ok.bad.example.com", "nxdomain", 9, "*.bad.example.com"],
    ["wild.example", undefined],
    ["a.wild.example", "nxdomain", 14, "*.wild.example"],
    ["local.example", "local-data", 15],
    ["garden.example", "local-data", 18],
    ["absolute.example", "nxdomain", 19],
    ["inner.sub", "nxdomain", 21],
    ["inner", undefined],
    ["example.com", undefined],
    ["rpz.local", undefined],
    ["notbad.example.com", undefined],
  ];
  for (const [host, action, line, trigger = host] of cases) {
    const expected = action === undefined ? undefined : { action, place: `/lists/block.rpz:${line}`, trigger };
    assert.deepEqual(lists.match(host), expected, host);
  }
});

test("a list without an $ORIGIN or a SOA is read as it looks, as are Windows line ends and a byte order mark", () => {
  const lists = blocklistsOf("\ufeffads.example CNAME .\r\n\t\r\n*.ads.example\tCNAME\t*.\r\n");
  assert.equal(lists.match("ads.example")?.action, "nxdomain");
  assert.equal(lists.match("a.ads.example")?.action, "nodata");
  assert.equal(
    blocklistsOf("@ SOA ns.x. me.x. 1 2 3 4 5\n NS localhost.\nt.example CNAME . ; why\n").match("t.example")?.place,
    "/lists/block.rpz:3",
  );
});

test("the zone may be named by its SOA record alone", () => {
  const lists = blocklistsOf(
    "rpz.local. SOA ns.x. me.x. 1 2 3 4 5\nbad.example CNAME .\nworse.example.rpz.local. CNAME .\n",
  );
  assert.equal(lists.match("bad.example")?.action, "nxdomain");
  assert.equal(lists.match("worse.example")?.action, "nxdomain");
});

test("a name in its own script or with escapes blocks what is looked up", () => {
  const lists = blocklistsOf(
    "b\u00fccher.example CNAME .\n*.b\u00fccher.example CNAME .\n\\098ad.example CNAME .\na\\.b.example CNAME .\n",
  );
  assert.equal(lists.match("xn--bcher-kva.example")?.action, "nxdomain");
  assert.equal(lists.match("www.xn--bcher-kva.example")?.action, "nxdomain");
  assert.equal(lists.match("bad.example")?.action, "nxdomain");
  assert.equal(lists.match("a.b.example"), undefined);
});

test("records of signed zones change nothing", () => {
  const signed =
    "ok.example CNAME rpz-passthru.\nok.example RRSIG CNAME 8 2 60 (\n 20300101000000 x )\nok.example NSEC z.example CNAME\n";
  assert.equal(blocklistsOf(`${signed}* CNAME .\n`).match("ok.example"), undefined);
  assert.equal(blocklistsOf(`${signed}* CNAME .\n`).match("other.example")?.trigger, "*");
});

test("the first list that says anything about a name decides", () => {
  const parsed = Blocklists.parse([
    { file: "/1", text: "a.example CNAME rpz-passthru.\nb.example CNAME .\nold.example CNAME old.example.\n" },
    { file: "/2", text: "*.example CNAME .\n" },
  ]);
  assert.ok(parsed.ok);
  assert.equal(parsed.blocklists.match("a.example"), undefined);
  assert.equal(parsed.blocklists.match("old.example"), undefined);
  assert.equal(parsed.blocklists.match("b.example")?.place, "/1:2");
  assert.equal(parsed.blocklists.match("c.example")?.place, "/2:1");
});

test("what isn't understood refuses the file, with the line", () => {
  const cases: readonly (readonly [string, number, RegExp])[] = [
    ["0.0.0.0 ads.example\n", 1, /isn't a record type/],
    ["ok.example CNAME .\nads.example\n", 2, /isn't a record type/],
    ["||ads.example^\n", 1, /isn't a record type/],
    ["# a comment of another format\n", 1, /isn't a name/],
    ["\n32.1.2.0.192.rpz-ip CNAME .\n", 2, /rpz-ip triggers/],
    ["ns.example.rpz-nsdname CNAME .\n", 1, /rpz-nsdname triggers/],
    ["24.0.2.0.192.rpz-client-ip CNAME rpz-drop.\n", 1, /rpz-client-ip triggers/],
    ["32.1.2.0.192.rpz-nsip CNAME .\n", 1, /rpz-nsip triggers/],
    ["a.example CNAME rpz-passthru\n", 1, /isn't an action/],
    ["a.example CNAME rpz-other.\n", 1, /isn't an action/],
    ["a.example CNAME\n", 1, /exactly one target/],
    ["a.example CNAME . .\n", 1, /exactly one target/],
    ["a.example CH CNAME .\n", 1, /class CH/],
    ["a.example CNAME .\na.example CNAME *.\n", 2, /line 1 says something else/],
    ["*.a.example CNAME .\n*.a.example CNAME rpz-passthru.\n", 2, /line 1/],
    ["a.example CNAME . (\n\n", 1, /never closed/],
    ["a.example CNAME . )\n", 1, /wasn't opened/],
    ['a.example TXT "open\n', 1, /quoted string isn't closed/],
    ["$INCLUDE other.rpz\n", 1, /\$INCLUDE isn't understood/],
    ["$GENERATE 1-9 a$ CNAME .\n", 1, /\$GENERATE isn't understood/],
    ["$TTL soon\n", 1, /\$TTL isn't understood/],
    ["a.example. CNAME .\n", 1, /needs an \$ORIGIN/],
    ["$ORIGIN rpz.local.\n@ SOA a. b. 1 2 3 4 5\na.other. CNAME .\n", 3, /outside of the zone/],
    ["@ CNAME .\n", 1, /zone itself/],
    ["  CNAME .\n", 1, /no owner/],
    ["a..example CNAME .\n", 1, /isn't a name/],
    [`${"a".repeat(64)}.example CNAME .\n`, 1, /isn't a name/],
    ["a*.example CNAME .\n", 1, /isn't a name/],
    ["a.*.example CNAME .\n", 1, /isn't a name/],
    ["http://a.example/ CNAME .\n", 1, /isn't a name/],
    ["a.example NS ns.example.\n", 1, /isn't an action/],
    ["a.example DNAME .\n", 1, /isn't an action/],
    ["a.example\u0000 CNAME .\n", 1, /isn't a name/],
  ];
  for (const [text, line, message] of cases) {
    const result = parseZone(text, "/lists/x.rpz");
    assert.ok(!result.ok, text);
    assert.deepEqual(result.diagnostics[0]?.place, { file: "/lists/x.rpz", line, column: 1 }, text);
    assert.match(result.diagnostics[0]?.message ?? "", message, text);
  }
});

test("any text is a list, or problems with a place, and never an exception", () => {
  const piece = fc.constantFrom(
    "a.example ",
    "*.",
    "CNAME ",
    ". ",
    "\n",
    " ",
    "(",
    ")",
    ";",
    '"',
    "\\",
    "@ ",
    "$ORIGIN ",
    "IN ",
    "60 ",
    "SOA ",
  );
  fc.assert(
    fc.property(fc.array(fc.oneof(piece, fc.string({ maxLength: 4, unit: "binary" })), { maxLength: 40 }), (parts) => {
      const result = parseZone(parts.join(""), "/x");
      if (!result.ok) for (const { place } of result.diagnostics) assert.ok(place.line >= 1);
      else new Blocklists([result.zone]).match("a.example");
    }),
  );
});

test("a blocked name stays blocked in any case, order of fields and spacing", () => {
  const host = fc.constantFrom("bad.example", "a.b.example", "x-y.example");
  const fields = fc.constantFrom("", "IN ", "60 ", "1h30m ", "IN 60 ", "60 IN ", "in\t60\t");
  fc.assert(
    fc.property(host, fields, fc.boolean(), fc.constantFrom("", " ; c", "\t"), (name, words, upper, end) => {
      const line = `${upper ? name.toUpperCase() : name} \t ${words}cname .${end}\n`;
      assert.equal(blocklistsOf(line).match(name)?.action, "nxdomain");
    }),
  );
});

test("a million names are read in seconds", () => {
  const count = 1_000_000;
  const lines = Array.from(
    { length: count / 2 },
    (_, index) => `host${index}.ads.example CNAME .\n*.host${index}.ads.example CNAME .`,
  );
  const text = `$TTL 60\n@ SOA a. b. 1 2 3 4 5\n${lines.join("\n")}\n`;
  const started = performance.now();
  const result = parseZone(text, "/big.rpz");
  // Generous: other work may have the processor meanwhile. Alone it takes about a second.
  assert.ok(performance.now() - started < 15_000);
  assert.ok(result.ok);
  const lists = new Blocklists([result.zone]);
  assert.equal(lists.match("x.host499999.ads.example")?.place, `/big.rpz:${count + 2}`);
});
