import assert from "node:assert/strict";
import { createHmac, generateKeyPairSync, sign } from "node:crypto";
import { describe, test } from "node:test";
import { hostKeys } from "../../plan/resolve/known-hosts.js";
import { fingerprintOf, judgeSign, readBind, type Session } from "./judge.js";
import { framed, messagesIn, Reader, text, uint32 } from "./wire.js";

const pair = generateKeyPairSync("ed25519");
const raw = Buffer.from(pair.publicKey.export({ format: "jwk" }).x ?? "", "base64url");
const hostKey = Buffer.concat([text("ssh-ed25519"), text(raw)]);
const identity = { blob: Buffer.concat([text("ssh-ed25519"), text(Buffer.alloc(32, 7))]), comment: "lent" };
const session: Session = { hostKey, id: Buffer.from("session") };
const rule = {
  name: "key",
  keys: ["lent"],
  confirm: false,
  hosts: [{ host: "a.test", keys: [hostKey.toString("base64")] }],
};

function login(
  change: Partial<Record<"id" | "service" | "method" | "key" | "bound" | "type", Buffer | string>> = {},
): Buffer {
  const method = String(change.method ?? "publickey-hostbound-v00@openssh.com");
  return Buffer.concat([
    text(change.id ?? session.id),
    Buffer.from(change.type ?? [50]),
    ...["ada", change.service ?? "ssh-connection", method].map((each) => text(each)),
    Buffer.from([1]),
    text("ssh-ed25519"),
    text(change.key ?? identity.blob),
    ...(method === "publickey" ? [] : [text(change.bound ?? hostKey)]),
  ]);
}

const verdict = (data: Buffer, more: Partial<Parameters<typeof judgeSign>[1]> = {}, rules = [rule]) => {
  const found = judgeSign(rules, { data, identity, session, ...more });
  return found.allowed ? found.host : found.why;
};

describe("a signature of the ssh-agent", () => {
  test("is for the login of a session with a host that the key is lent for", () => {
    assert.equal(verdict(login()), "a.test");
    assert.equal(verdict(login({ method: "publickey" })), "a.test");
    assert.equal(verdict(login(), {}, [{ ...rule, keys: [fingerprintOf(identity.blob)] }]), "a.test");
  });

  test("and for nothing else", () => {
    assert.match(verdict(login({ id: "another" })), /another session/);
    assert.match(verdict(login({ key: hostKey })), /another key/);
    assert.match(verdict(login({ bound: identity.blob })), /another host/);
    assert.match(verdict(login({ service: "sftp" })), /no login/);
    assert.match(verdict(login({ method: "hostbased" })), /no login/);
    assert.match(verdict(login({ type: Buffer.from([51]) })), /no login/);
    assert.match(verdict(Buffer.concat([login(), Buffer.from([0])])), /no login/);
    assert.match(verdict(Buffer.from("text")), /no login/);
    assert.match(verdict(login(), { session: undefined }), /without a session/);
    assert.match(verdict(login(), { identity: undefined }), /doesn't lend/);
    assert.match(verdict(login(), {}, [{ ...rule, keys: ["other"] }]), /doesn't lend/);
    assert.match(verdict(login(), {}, [{ ...rule, hosts: [{ host: "b.test", keys: ["AAAA"] }] }]), /isn't lent for/);
  });
});

describe("a session", () => {
  const bind = (id: Buffer, signature: Buffer, forwarded = 0) =>
    readBind(
      new Reader(
        Buffer.concat([
          text(hostKey),
          text(id),
          text(Buffer.concat([text("ssh-ed25519"), text(signature)])),
          Buffer.from([forwarded]),
        ]),
      ),
    );

  test("is what its server has signed, and not behind another one", () => {
    const signature = sign(null, session.id, pair.privateKey);
    assert.deepEqual(bind(session.id, signature), session);
    assert.equal(bind(session.id, signature, 1), undefined);
    assert.equal(bind(Buffer.from("other"), signature), undefined);
    assert.equal(bind(session.id, Buffer.alloc(64)), undefined);
    assert.equal(readBind(new Reader(Buffer.from("short"))), undefined);
  });
});

describe("the agent's messages", () => {
  test("are whole, however they come, and never too long", () => {
    const whole = Buffer.concat([framed(Buffer.from("a")), framed(Buffer.from("bc")), uint32(5)]);
    const read = messagesIn(whole);
    assert.deepEqual(read?.messages.map(String), ["a", "bc"]);
    assert.equal(read?.rest.length, 4);
    assert.equal(messagesIn(uint32(300_000)), undefined);
    assert.equal(messagesIn(uint32(0)), undefined);
  });
});

describe("known hosts", () => {
  const KEY = "AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
  const OTHER = KEY.replace("IAAA", "IBBB");
  const keys = (file: string, ...names: string[]) => hostKeys([file], names);

  test("are found by name, pattern, port and hash", () => {
    assert.deepEqual(keys(`a.test,b.test ssh-ed25519 ${KEY} comment`, "b.test"), [KEY]);
    assert.deepEqual(keys(`*.test,!b.test ssh-ed25519 ${KEY}`, "b.test"), []);
    assert.deepEqual(keys(`[a.test]:2222 ssh-ed25519 ${KEY}`, "a.test", "[a.test]:2222"), [KEY]);
    const salt = Buffer.from("salt".repeat(5));
    const digest = createHmac("sha1", salt).update("a.test").digest("base64");
    const hashed = `|1|${salt.toString("base64")}|${digest} ssh-ed25519 ${KEY}`;
    assert.deepEqual(keys(hashed, "a.test"), [KEY]);
    assert.deepEqual(keys(hashed, "b.test"), []);
  });

  test("that were revoked don't count, nor authorities and what can't be read", () => {
    assert.deepEqual(
      keys(`a.test ssh-ed25519 ${KEY}\n@revoked * ssh-ed25519 ${KEY}\na.test ssh-ed25519 ${OTHER}`, "a.test"),
      [OTHER],
    );
    assert.deepEqual(keys(`@cert-authority a.test ssh-ed25519 ${KEY}\n# a.test\na.test\n`, "a.test"), []);
  });
});
