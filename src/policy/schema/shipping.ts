// One entry of `audit.ship`. Pure.
import * as z from "zod";
import { readPathText, readSize } from "../atoms.js";
import { needsLeave, readKeySource, readShipAddress, readShipping, type ShipAddress, usesTls } from "../shipping.js";
import { count, item, list, toggle, written, writtenOrNumber } from "./kit.js";

const target = z
  .strictObject(
    {
      to: written(readShipAddress, {
        description: "The address, as it would stand by itself.",
        example: "https://logs.example.com/cordon",
      }).unwrap(),
      headersFrom: written(readKeySource, {
        description:
          "Where more HTTP headers are, one `Name: value` on each line: env:NAME or file:PATH. For tokens, so that none stands in a policy.",
        example: "env:LOG_HEADERS",
      }),
      secret: written(readKeySource, {
        description: "Where the key is that a webhook's deliveries are signed with: env:NAME or file:PATH.",
        example: "file:~/.config/cordon/webhook.key",
      }),
      ca: written(readPathText, {
        description:
          "The only certificate authority (PEM) that the receiver is believed by, instead of the usual ones.",
        example: "~/company-ca.pem",
      }),
      batch: count(
        { description: "The most lines in one delivery. Default 500.", example: 200 },
        { min: 1, max: 10_000 },
      ),
      spool: writtenOrNumber(readSize, {
        description: "How much is kept on disk for it while it can't be reached. Default 64M.",
        example: "64M",
      }),
      unencrypted: toggle({
        description: "Plain HTTP may leave this computer. Default false.",
        example: false,
      }),
    },
    { error: (issue) => (issue.code === "invalid_type" ? 'must be an address, or a mapping with "to"' : undefined) },
  )
  .superRefine((entry, context) => {
    const read = readShipAddress(entry.to);
    if (!read.ok) return;
    const fail = (key: string, message: string) => context.addIssue({ code: "custom", path: [key], message });
    if (needsLeave(read.value) && entry.unencrypted !== true)
      fail("to", 'must be an address with https, or stand beside "unencrypted: true"');
    for (const [key, fits, where] of FITTING)
      if (entry[key] !== undefined && !fits(read.value)) fail(key, `must stand beside ${where}`);
  });

const FITTING: readonly (readonly ["headersFrom" | "secret" | "ca", (address: ShipAddress) => boolean, string])[] = [
  ["headersFrom", (address) => "url" in address, "an address that HTTP is spoken with"],
  ["secret", (address) => address.kind === "webhook", "a webhook's address"],
  ["ca", usesTls, "an address with TLS"],
];

export const shipping = list(z.union([item(readShipping), target]), {
  description:
    "Where else each line goes, at once: `journald`, `syslog+unix:/PATH`, `syslog+tcp://HOST:PORT`, `syslog+tls://HOST:PORT`, " +
    "`journal+https://HOST:PORT` (systemd-journal-remote), `otlp+https://HOST/v1/logs`, or `https://…` for a webhook; or a mapping " +
    "with `to`. See shipping.md.",
  example: ["journald", { to: "https://logs.example.com/cordon", secret: "env:LOG_KEY" }],
});
