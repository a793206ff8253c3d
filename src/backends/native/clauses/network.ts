// The network: a namespace with a loopback device only, and listeners in it that the supervisor answers. Pure.
import type { Fragment, Plan } from "../../../plan/types.js";

const TCP = 1;

export function network({ network: asked }: Plan): Fragment {
  const listeners = asked.listeners;
  return {
    ops: [
      { op: "loopback", fields: [] },
      ...listeners.map(({ id, address, port }) => ({ op: "listen", fields: [id, TCP, address, port, 0] })),
    ],
    services: listeners.map((listener) => ({ kind: "pipe-listener", listener })),
    enforces: [
      asked.mode === "none"
        ? { control: "network.none", mechanism: "network namespace with nothing but a loopback device" }
        : {
            control: "network.allowlist",
            mechanism:
              "network namespace with nothing but a loopback device; Cordon's listeners in it lead to the sockets that the policy names",
          },
      ...(asked.sockets.length === 0
        ? []
        : [
            {
              control: "network.named-sockets",
              mechanism: "mount namespace: of the host's socket files only the named ones are bound",
            },
          ]),
    ],
  };
}
