import assert from "node:assert/strict";
import { test } from "node:test";
import type { Denied, DenyCode, Target, Via } from "../types.js";
import type { TakeOptions } from "./connection.js";
import { closed, pair, read, readSome } from "./fixture.js";
import { replyOf, serveSocks } from "./socks.js";

const REQUEST = Buffer.concat([Buffer.from([5, 1, 0, 5, 1, 0, 3, 9]), Buffer.from("a.example"), Buffer.from([0, 22])]);

test("early bytes stay with the connection, and the client hears the outcome", { timeout: 10_000 }, async (context) => {
  const [near, far] = await pair(context);
  const taken: [Target, Via, string | undefined][] = [];
  const take = (_socket: unknown, target: Target, via: Via, options?: TakeOptions) => {
    taken.push([target, via, options?.early?.toString()]);
    options?.greet?.({ allowed: false, code: "no-rule", reason: "no" });
  };
  serveSocks(near, { take });
  far.write(Buffer.concat([REQUEST, Buffer.from("early")]));
  assert.deepEqual([...(await read(far))], [5, 0, 5, 2, 0, 1, 0, 0, 0, 0, 0, 0]);
  assert.deepEqual(taken, [[{ host: "a.example", port: 22 }, "socks", "early"]]);
});

test("slow clients, and those that speak something else, are let go", { timeout: 10_000 }, async (context) => {
  const take = () => assert.fail("it was taken");
  const [slow, waiting] = await pair(context);
  serveSocks(slow, { take }, 20);
  waiting.write(Buffer.from([5, 1]));
  waiting.resume();
  await read(waiting);
  assert.ok(slow.destroyed);
  const [old, four] = await pair(context);
  serveSocks(old, { take });
  four.write(Buffer.from([4, 1, 0, 80, 192, 0, 2, 1, 0]));
  assert.equal((await readSome(four, 8))[1], 91);
  four.end();
  await closed(four);
});

test("each kind of denial has its reply", () => {
  const denied = (code: DenyCode): Denied => ({ allowed: false, code, reason: "no" });
  const codes = (["no-rule", "address", "rate", "unresolved", "internal", "unreachable"] as const).map((code) =>
    replyOf(denied(code)),
  );
  assert.deepEqual(codes, [2, 2, 2, 4, 1, 4]);
  assert.equal(replyOf({ ...denied("unreachable"), errno: "ECONNREFUSED" }), 5);
  assert.equal(replyOf({ ...denied("unreachable"), errno: "ENETUNREACH" }), 3);
});
