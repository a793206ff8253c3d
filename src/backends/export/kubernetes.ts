// Manifests for a cluster: the command's Pod, a proxy in a Pod of its own that holds the list of hosts, and network policies by which the
// command reaches that proxy and nothing else. A proxy in the command's own Pod would share its network, and could be passed by.
import type { Plan } from "../../plan/types.js";
import { type Container, containerOf, FILTER_HOLDS, isPinned } from "./container.js";
import { PROXY_IMAGE, PROXY_PORT, policyOf, proxyDocuments, toProxy } from "./kubernetes-proxy.js";
import { seccompFile } from "./seccomp.js";
import { comment, header, lostBy, type Section } from "./section.js";
import { type YamlComments, yamlDocument } from "./syntax/yaml.js";
import type { Exported, Exporter, ExportInput } from "./types.js";

export const kubernetes: Exporter = { kind: "kubernetes", command: "accepted", ofThisUser: false, make };

function make(input: ExportInput): Exported {
  const { plan, rules = [] } = input;
  const container = containerOf(input, "kubernetes");
  const filter = seccompFile(plan);
  const isServed = rules.length > 0;
  const lost = [
    ...input.lost.filter((each) => !isServed || !each.startsWith("The network:")),
    ...lostBy([held(plan)], plan),
    ...more(container, isServed),
  ];
  const names = { app: `${label(plan.name)}-agent`, proxy: `${label(plan.name)}-egress` };
  const documents = [
    podDocument({ plan, container, names, isServed, filter: filter.name }),
    yamlDocument(policyOf(names.app, isServed ? toProxy(names.proxy) : []), {
      spec: [
        ...comment(
          "Nothing comes in, and nothing goes out but to the proxy. It holds where the cluster's network enforces such policies: try it.",
        ),
      ],
    }),
    ...(isServed ? proxyDocuments(names, rules) : []),
  ];
  const head = header({
    title: `A sandbox for ${plan.name} in Kubernetes`,
    plan,
    usage: [
      `Put ${filter.name} below the kubelet's seccomp folder of each node, as cordon/${filter.name}.`,
      "The claim named work holds the files to work on.",
      ...(isServed ? [`Put a pinned image with tinyproxy in the place of ${PROXY_IMAGE}.`] : []),
    ],
    lost,
  });
  const holds = [...new Set(held(plan).holds)]
    .filter((id) => plan.controls.includes(id))
    .map((id) => (isServed && id === "network.none" ? "network.allowlist (names and ports, by the proxy)" : id))
    .join(", ");
  const text = [...head, ...comment(`Held: ${holds}.`), ...documents.flatMap((lines) => ["---", ...lines])].join("\n");
  return { files: [{ name: `${plan.name}.kubernetes.yaml`, executable: false, content: `${text}\n` }, filter], lost };
}

/** Letters that names in a cluster may have. */
function label(name: string): string {
  const plain = name
    .toLowerCase()
    .replace(/[^a-z0-9-]+/g, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, 50);
  return plain === "" ? "agent" : plain;
}

function held({ limits, nested }: Plan): Section {
  const { memoryBytes, cpu, timeMs } = limits;
  return {
    holds: [
      "files.home-hidden",
      "files.system-read-only",
      "files.named-only",
      "files.tmp-private",
      "workspace.read-only",
      "process.no-new-privileges",
      "process.no-capabilities",
      "process.pid-namespace",
      "process.no-host-signals",
      "process.no-inherited-descriptors",
      "process.environment-clean",
      "process.dies-with-supervisor",
      "ipc.private",
      "ipc.abstract-sockets",
      "ipc.socket-files",
      "devices.minimal",
      "proc.masked",
      "identity.unprivileged",
      "network.none",
      ...FILTER_HOLDS(nested),
      ...(memoryBytes === undefined ? [] : ["limits.memory"]),
      ...(cpu === undefined ? [] : ["limits.cpu"]),
      ...(timeMs === undefined ? [] : ["limits.time"]),
    ],
    partly: {
      "limits.pids": "it is the kubelet's setting (podPidsLimit), not the Pod's",
      "limits.files": "it is the node's setting, not the Pod's",
      "limits.disk": "of the folders in memory and of what the container keeps, not of the claim",
      "workspace.protected-names":
        "the claim's files are all the command's own: look at them before anything runs them",
      "files.deny": "keep denied files out of the claim",
    },
    lines: [],
  };
}

function more({ image, hidden }: Container, isServed: boolean): readonly string[] {
  return [
    "This computer: the workspace and what the policy grants besides are a claim of the cluster, and programs come from the image.",
    ...(hidden.length > 0 ? [`Denied files aren't hidden there: don't copy them (${hidden.length} found here).`] : []),
    ...(isPinned(image) ? [] : ["The image isn't pinned: name it with @sha256:DIGEST."]),
    ...(isServed
      ? [
          "The proxy judges names and ports only: no methods and paths, no content filter, no keys put in, no look at the addresses that names resolve to but the policy of its Pod.",
          "Programs that know no proxy reach nothing.",
        ]
      : []),
  ];
}

interface PodParts {
  readonly plan: Plan;
  readonly container: Container;
  readonly names: { readonly app: string; readonly proxy: string };
  readonly isServed: boolean;
  readonly filter: string;
}

function podDocument({ plan, container, names, isServed, filter }: PodParts): readonly string[] {
  const { identity, limits, command, workspace } = plan;
  const proxy = `http://${names.proxy}:${PROXY_PORT}`;
  const proxies = isServed
    ? ["HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"].map((name) => ({ name, value: proxy }))
    : [];
  const folders = container.tmpfs
    .filter(({ target }) => target !== workspace.target)
    .map((mount, at) => ({ ...mount, name: `private-${at}` }));
  const resources = {
    ...(limits.memoryBytes === undefined ? {} : { memory: String(limits.memoryBytes) }),
    ...(limits.cpu === undefined ? {} : { cpu: String(limits.cpu) }),
  };
  const pod = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: names.app, labels: { app: names.app } },
    spec: {
      restartPolicy: "Never",
      ...(limits.timeMs === undefined ? {} : { activeDeadlineSeconds: Math.ceil(limits.timeMs / 1000) }),
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      hostname: identity.hostname,
      securityContext: {
        runAsNonRoot: true,
        runAsUser: identity.uid,
        runAsGroup: identity.gid,
        fsGroup: identity.gid,
        seccompProfile: { type: "Localhost", localhostProfile: `cordon/${filter}` },
      },
      containers: [
        {
          name: "agent",
          image: container.image,
          imagePullPolicy: "IfNotPresent",
          ...(command.argv.length === 0 ? {} : { command: command.argv.map(literal) }),
          workingDir: command.cwd,
          env: [...container.env.map(([name, value]) => ({ name, value: literal(value) })), ...proxies],
          securityContext: {
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ["ALL"] },
          },
          ...(Object.keys(resources).length === 0 ? {} : { resources: { limits: resources } }),
          volumeMounts: [
            { name: "work", mountPath: workspace.target, readOnly: workspace.mode === "read" },
            ...folders.map(({ name, target }) => ({ name, mountPath: target })),
          ],
        },
      ],
      volumes: [
        { name: "work", persistentVolumeClaim: { claimName: "work" } },
        ...folders.map(({ name, sizeBytes }) => ({
          name,
          emptyDir: { medium: "Memory", sizeLimit: String(sizeBytes) },
        })),
      ],
    },
  };
  return yamlDocument(pod, podComments(plan));
}

/** In a command and in a variable `$(NAME)` would be another variable's value. */
function literal(word: string): string {
  return word.replaceAll("$(", "$$(");
}

function podComments(_plan: Plan): YamlComments {
  return {
    "spec.activeDeadlineSeconds": comment("Limited time (limits.time)."),
    "spec.automountServiceAccountToken": comment("No key to the cluster, and no names of its services."),
    "spec.securityContext": comment(
      "Never the administrator (identity.unprivileged); few system calls (process.seccomp).",
    ),
    "spec.containers.0.securityContext": comment(
      "No new privileges (process.no-new-privileges), a system that can't be changed (files.system-read-only), no capabilities (process.no-capabilities).",
    ),
    "spec.containers.0.env": comment("Nothing but this (process.environment-clean)."),
    "spec.containers.0.resources": comment("Limited memory and processors (limits.memory, limits.cpu)."),
    "spec.containers.0.volumeMounts": comment(
      "Only named folders (files.named-only); home and /tmp are in memory and gone at the end (files.home-hidden, files.tmp-private).",
    ),
  };
}
