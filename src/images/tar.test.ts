import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type TarHeader, tarEnd, tarEntries, tarHeader, tarPadding } from "./tar.js";

const FILE: TarHeader = { path: "usr/bin/true", type: "file", mode: 0o755, uid: 0, gid: 0, size: 0, value: "" };

function read(bytes: Buffer): readonly TarHeader[] {
  let at = 0;
  const take = (length: number) => {
    const piece = bytes.subarray(at, at + length);
    at += length;
    return piece;
  };
  const found: TarHeader[] = [];
  for (const entry of tarEntries(take)) {
    found.push(entry);
    take(entry.size + tarPadding(entry.size).length);
  }
  return found;
}

function written(...entries: readonly TarHeader[]): Buffer {
  const parts = entries.flatMap((entry) => [
    tarHeader(entry, 315_532_800),
    Buffer.alloc(entry.size, "x"),
    tarPadding(entry.size),
  ]);
  return Buffer.concat([...parts, tarEnd()]);
}

test("what is written is read again, whatever the names", () => {
  const part = fc
    .string({ unit: "grapheme", minLength: 1, maxLength: 80 })
    .filter((text) => !/[/\0]/.test(text) && text !== "." && text !== ".." && Buffer.from(text).toString() === text);
  const entry = fc.record(
    {
      path: fc.array(part, { minLength: 1, maxLength: 6 }).map((parts) => parts.join("/")),
      type: fc.constant("file" as const),
      mode: fc.constantFrom(0o644, 0o755),
      uid: fc.integer({ min: 0, max: 65_535 }),
      gid: fc.integer({ min: 0, max: 65_535 }),
      size: fc.integer({ min: 0, max: 2000 }),
      value: fc.constant(""),
    },
    { noNullPrototype: true },
  );
  fc.assert(
    fc.property(fc.array(entry, { maxLength: 5 }), (entries) => assert.deepEqual(read(written(...entries)), entries)),
  );
});

test("long names and long links come back whole", () => {
  const path = `a/${"b".repeat(200)}/é`;
  const link: TarHeader = { ...FILE, path, type: "symlink", mode: 0o777, value: `/${"c".repeat(150)}` };
  assert.deepEqual(read(written(link)), [link]);
});

test("what leads out of the folder, or isn't a file, a folder or a link, is refused", () => {
  for (const path of ["../etc/passwd", "/etc/passwd", "a/../../b", "a/./b", "a//b"])
    assert.throws(() => read(written({ ...FILE, path })), { code: "image-changed" }, path);
  for (const flag of ["1", "3", "4", "6", "L", "g"]) {
    const bytes = written(FILE);
    bytes.write(flag, 156);
    const sum = bytes.subarray(0, 512).reduce((all, byte, index) => all + (index >= 148 && index < 156 ? 32 : byte), 0);
    bytes.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
    assert.throws(() => read(bytes), { code: "image-changed" }, flag);
  }
});

test("a damaged or cut layer is refused", () => {
  const bytes = written({ ...FILE, size: 10 });
  assert.throws(() => read(bytes.subarray(0, 700)), { code: "image-changed" });
  bytes[3] = 0x41;
  assert.throws(() => read(bytes), { code: "image-changed" });
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 2000 }), (noise) => {
      try {
        read(Buffer.from(noise));
      } catch (error) {
        assert.equal((error as { code?: string }).code, "image-changed");
      }
    }),
  );
});
