// The software bill of materials of an image: SPDX 2.3 as JSON, from the lock alone, so that the same lock gives the same document. Pure.
import type { Definition } from "./definition.js";
import { isRecord, type Lock } from "./lock.js";

interface Component {
  readonly id: string;
  readonly name: string;
  readonly version: string;
  readonly purl?: string;
  readonly checksum?: { readonly algorithm: "SHA256" | "SHA512" | "SHA1"; readonly value: string };
  readonly license: string;
}

export interface SbomRequest {
  readonly definition: Definition;
  readonly lock: Lock;
  readonly digest: string;
}

export function sbomText({ definition, lock, digest }: SbomRequest): string {
  const components = [...lock.debian.map(debianComponent), ...npmComponents(lock.npm), ...ownFiles(definition)];
  const hex = digest.slice("sha256:".length);
  const image = {
    SPDXID: "SPDXRef-Image",
    name: definition.ref,
    versionInfo: digest,
    primaryPackagePurpose: "CONTAINER",
    checksums: [{ algorithm: "SHA256", checksumValue: hex }],
    ...COMMON,
    licenseDeclared: "NOASSERTION",
  };
  const document = {
    spdxVersion: "SPDX-2.3",
    dataLicense: "CC0-1.0",
    SPDXID: "SPDXRef-DOCUMENT",
    name: definition.ref,
    documentNamespace: `https://spdx.org/spdxdocs/cordon-image-${hex}`,
    creationInfo: {
      created: new Date(lock.epoch * 1000).toISOString().replace(".000", ""),
      creators: ["Tool: cordon"],
    },
    packages: [image, ...components.map(packageOf)],
    relationships: [
      relation("SPDXRef-DOCUMENT", "DESCRIBES", "SPDXRef-Image"),
      ...components.map(({ id }) => relation("SPDXRef-Image", "CONTAINS", id)),
    ],
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

const COMMON = {
  downloadLocation: "NOASSERTION",
  filesAnalyzed: false,
  licenseConcluded: "NOASSERTION",
  copyrightText: "NOASSERTION",
} as const;

function packageOf({ id, name, version, purl, checksum, license }: Component): Readonly<Record<string, unknown>> {
  return {
    SPDXID: id,
    name,
    versionInfo: version,
    ...COMMON,
    licenseDeclared: license,
    ...(checksum === undefined
      ? {}
      : { checksums: [{ algorithm: checksum.algorithm, checksumValue: checksum.value }] }),
    ...(purl === undefined
      ? {}
      : {
          externalRefs: [{ referenceCategory: "PACKAGE-MANAGER", referenceType: "purl", referenceLocator: purl }],
        }),
  };
}

function relation(from: string, relationshipType: string, to: string): Readonly<Record<string, string>> {
  return { spdxElementId: from, relationshipType, relatedSpdxElement: to };
}

function debianComponent({ name, version, architecture, sha256 }: Lock["debian"][number]): Component {
  return {
    id: spdxId("deb", `${name}-${architecture}`),
    name,
    version,
    purl: `pkg:deb/debian/${encodeURIComponent(name)}@${encodeURIComponent(version)}?arch=${architecture}`,
    checksum: { algorithm: "SHA256", value: sha256 },
    license: "NOASSERTION",
  };
}

function npmComponents(packages: Lock["npm"]): readonly Component[] {
  return Object.entries(packages).flatMap(([path, entry]): readonly Component[] => {
    const name = path.split("node_modules/").at(-1) ?? "";
    if (name === "" || !isRecord(entry) || typeof entry["version"] !== "string") return [];
    const version = entry["version"];
    const checksum = checksumOf(String(entry["integrity"] ?? ""));
    const license = String(entry["license"] ?? "");
    return [
      {
        id: spdxId("npm", path),
        name,
        version,
        purl: `pkg:npm/${name.replace("@", "%40")}@${encodeURIComponent(version)}`,
        // Only an identifier of the list; what authors write freely would make the document invalid.
        license: /^[A-Za-z0-9.+-]+$/.test(license) && license !== "UNLICENSED" ? license : "NOASSERTION",
        ...(checksum === undefined ? {} : { checksum }),
      },
    ];
  });
}

function checksumOf(integrity: string): Component["checksum"] {
  const [, algorithm, value] = /^(sha512|sha256|sha1)-([A-Za-z0-9+/=]+)/.exec(integrity) ?? [];
  if (algorithm === undefined || value === undefined) return undefined;
  const names = { sha512: "SHA512", sha256: "SHA256", sha1: "SHA1" } as const;
  const name = algorithm === "sha512" ? names.sha512 : algorithm === "sha256" ? names.sha256 : names.sha1;
  return { algorithm: name, value: Buffer.from(value, "base64").toString("hex") };
}

function ownFiles({ files }: Definition): readonly Component[] {
  return files.map(({ path, sha256 }) => ({
    id: spdxId("file", path),
    name: path,
    version: sha256,
    checksum: { algorithm: "SHA256", value: sha256 },
    license: "NOASSERTION",
  }));
}

/** SPDX allows letters, digits, dots and hyphens; every other character becomes its number, so that no two meet. */
function spdxId(kind: string, text: string): string {
  return `SPDXRef-${kind}-${text.replace(/[^A-Za-z0-9-]/g, (character) => `.${character.codePointAt(0)?.toString(16)}.`)}`;
}
