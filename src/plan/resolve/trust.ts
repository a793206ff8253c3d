// Where programs look for the certificates they trust. When the run opens TLS, its own authority stands there beside the system's,
// inside only: nothing of the host's files is changed.
import type { HostView } from "../../host/types.js";
import { authorityName, subjectHash } from "../authority-name.js";
import { joinPath } from "../paths.js";
import type { Mount, PlannedNetwork } from "../types.js";

const DEBIAN = "/etc/ssl/certs";
const FEDORA = "/etc/pki/tls/certs";
/** The host's own folder of certificates, from which the links of OpenSSL's look-up by hash are made again. */
const SYSTEM = "/run/cordon/system-certificates";

export const TRUST = {
  authority: "/run/cordon/authority.pem",
  bundle: "/run/cordon/bundle.pem",
  java: "/run/cordon/java.jks",
} as const;

/** Entries of the host's /etc that `trustMounts` replaces. */
export const TRUST_TREES = [DEBIAN, "/etc/ssl/cert.pem", FEDORA, "/etc/pki/tls/cert.pem"] as const;

/** Bundles of the distributions, the first that is there is the host's. */
const BUNDLES = [
  "/etc/ssl/certs/ca-certificates.crt",
  "/etc/pki/tls/certs/ca-bundle.crt",
  "/etc/ssl/ca-bundle.pem",
  "/etc/ssl/cert.pem",
  "/etc/pki/tls/cert.pem",
] as const;

export function systemCa(view: HostView): string | undefined {
  return BUNDLES.find((path) => view.kind(view.real(path) ?? path) === "file");
}

/** Whether the certificates inside differ from the host's. */
export function needsTrust({ mode, inspects, upstreamCa }: PlannedNetwork): boolean {
  return mode !== "none" && (inspects || upstreamCa.length > 0);
}

/** `run`: its name, which is in the name of its authority. */
export function trustMounts(view: HostView, run: string): readonly Mount[] {
  const hashed = `${subjectHash(authorityName(run))}.0`;
  return [
    { kind: "run-file", target: TRUST.authority, mode: 0o644, content: "authority" },
    { kind: "run-file", target: TRUST.bundle, mode: 0o644, content: "bundle" },
    { kind: "run-file", target: TRUST.java, mode: 0o644, content: "java-trust-store" },
    ...links(view, DEBIAN, ["ca-certificates.crt"]),
    // Where OpenSSL looks when a program drops the variables.
    ...(view.kind(DEBIAN) === undefined
      ? []
      : [{ kind: "symlink", target: joinPath(DEBIAN, hashed), value: TRUST.authority } as const]),
    ...links(view, FEDORA, ["ca-bundle.crt", "ca-bundle.trust.crt"]),
    ...["/etc/ssl/cert.pem", "/etc/pki/tls/cert.pem"].flatMap((path): readonly Mount[] =>
      view.kind(path) === undefined ? [] : [{ kind: "symlink", target: path, value: TRUST.bundle }],
    ),
  ];
}

/** The folder made anew: its bundles lead to the run's, everything else to the host's own. */
function links(view: HostView, folder: string, bundles: readonly string[]): readonly Mount[] {
  const real = view.real(folder);
  if (real === undefined || view.kind(real) !== "directory") return [];
  const source = joinPath(SYSTEM, folder.slice(1).replaceAll("/", "-"));
  const names = view.list(real).toSorted();
  return [
    { kind: "bind", source: real, target: source, access: "read", exec: false, type: "directory", origin: "system" },
    { kind: "directory", target: folder, mode: 0o755 },
    ...names.map((name): Mount => {
      const value = bundles.includes(name) ? TRUST.bundle : name === "java" ? "" : joinPath(source, name);
      return value === ""
        ? { kind: "directory", target: joinPath(folder, name), mode: 0o755 }
        : { kind: "symlink", target: joinPath(folder, name), value };
    }),
    ...(names.includes("java")
      ? [{ kind: "symlink", target: joinPath(folder, "java/cacerts"), value: TRUST.java } as const]
      : []),
  ];
}
