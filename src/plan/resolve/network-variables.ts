// The variables by which programs learn of the proxies and of the run's certificates. Nothing depends on them: connections of programs
// that ignore them are caught. They only save those that know a proxy a detour, and give every runtime the certificates it asks for.
import type { PlannedNetwork } from "../types.js";
import { PROXY } from "./listeners.js";
import { needsTrust, TRUST } from "./trust.js";

const LOCAL = "localhost,127.0.0.1,::1";

export function networkVariables(network: PlannedNetwork): Readonly<Record<string, string>> {
  if (network.capture === "none") return {};
  return { ...proxyVariables(), ...(needsTrust(network) ? trustVariables() : {}) };
}

function proxyVariables(): Readonly<Record<string, string>> {
  const http = `http://127.0.0.1:${PROXY.http}`;
  // Not socks5h: Python's httpx, which the vendors' own libraries use, refuses to start with a SOCKS proxy it has no module for.
  const names = ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"];
  const proxies = [...names, ...names.map((name) => name.toLowerCase())].map((name) => [name, http] as const);
  return {
    ...Object.fromEntries(proxies),
    NO_PROXY: LOCAL,
    no_proxy: LOCAL,
    // Node's built-in fetch reads the others only then (from 22.21 and 24 on; older ones are caught).
    NODE_USE_ENV_PROXY: "1",
  };
}

function trustVariables(): Readonly<Record<string, string>> {
  const { authority, bundle, java } = TRUST;
  const java17 = `-Djavax.net.ssl.trustStore=${java} -Djavax.net.ssl.trustStorePassword=changeit`;
  return {
    // OpenSSL, Go, Python's ssl, Ruby; rustls-native-certs.
    SSL_CERT_FILE: bundle,
    NODE_EXTRA_CA_CERTS: authority,
    CURL_CA_BUNDLE: bundle,
    REQUESTS_CA_BUNDLE: bundle,
    GIT_SSL_CAINFO: bundle,
    PIP_CERT: bundle,
    CARGO_HTTP_CAINFO: bundle,
    AWS_CA_BUNDLE: bundle,
    GRPC_DEFAULT_SSL_ROOTS_FILE_PATH: bundle,
    DENO_CERT: authority,
    NIX_SSL_CERT_FILE: bundle,
    JAVA_TOOL_OPTIONS: java17,
  };
}
