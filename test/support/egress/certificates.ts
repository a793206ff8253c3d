// An authority of the test's own and one certificate for all its servers, made anew by each test file. Never trusted by the machine:
// clients outside are told of it by variables, the sandbox by `network.upstreamCa`.
import { execFileSync } from "node:child_process";
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { JAVA_STORE_PASSWORD, javaTrustStore } from "../../../src/egress/tls/trust.js";

export interface Certificates {
  /** Paths of PEM files. */
  readonly authority: string;
  readonly certificate: string;
  readonly key: string;
  /** What a program outside needs so that it trusts the authority; inside, Cordon sets the same ones. */
  readonly variables: Readonly<Record<string, string>>;
}

const CONFIG = `
[req]
distinguished_name = name
prompt = no
[name]
CN = Cordon's tests
[authority]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[server]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
`;

/** For `localhost` and every name of one label below `test`. */
export function makeCertificates(folder: string, names: readonly string[]): Certificates {
  const at = (name: string): string => join(folder, name);
  const alternatives = [...names.map((name) => `DNS:${name}`), "DNS:localhost", "IP:127.0.0.1"].join(",");
  writeFileSync(at("config"), `${CONFIG}subjectAltName = ${alternatives}\n`);
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-config", at("config")];
  openssl(
    "req",
    "-x509",
    ...key,
    "-extensions",
    "authority",
    "-days",
    "2",
    "-keyout",
    at("ca.key"),
    "-out",
    at("ca.pem"),
  );
  openssl("req", ...key, "-subj", "/CN=server", "-keyout", at("server.key"), "-out", at("server.csr"));
  const signing = ["-CA", at("ca.pem"), "-CAkey", at("ca.key"), "-CAcreateserial", "-days", "2"];
  const extensions = ["-extfile", at("config"), "-extensions", "server"];
  openssl("x509", "-req", "-in", at("server.csr"), ...signing, ...extensions, "-out", at("server.pem"));
  writeFileSync(at("java.jks"), javaTrustStore(readFileSync(at("ca.pem"), "utf8")));
  // The servers of some tests are another user's; these keys guard nothing.
  for (const name of ["ca.pem", "server.pem", "server.key", "java.jks"]) chmodSync(at(name), 0o644);
  return {
    authority: at("ca.pem"),
    certificate: at("server.pem"),
    key: at("server.key"),
    variables: variablesOf(at("ca.pem"), at("java.jks")),
  };
}

function variablesOf(authority: string, java: string): Readonly<Record<string, string>> {
  const names = ["SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "GIT_SSL_CAINFO"];
  const more = ["PIP_CERT", "CARGO_HTTP_CAINFO", "GRPC_DEFAULT_SSL_ROOTS_FILE_PATH", "npm_config_cafile"];
  return {
    ...Object.fromEntries([...names, ...more].map((name) => [name, authority])),
    JAVA_TOOL_OPTIONS: `-Djavax.net.ssl.trustStore=${java} -Djavax.net.ssl.trustStorePassword=${JAVA_STORE_PASSWORD}`,
  };
}

function openssl(...args: readonly string[]): void {
  execFileSync("openssl", args, { stdio: "pipe", timeout: 30_000 });
}
