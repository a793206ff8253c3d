// The sections of cordon.yaml but `network`. Pure.
import * as z from "zod";
import {
  readCpu,
  readDigest,
  readDisplaySize,
  readDuration,
  readEtcPath,
  readImageRef,
  readMethod,
  readPathText,
  readSecretName,
  readSecretSource,
  readSize,
  readUrlPath,
  readVariableName,
  readVariablePattern,
  readVariableValue,
} from "../atoms.js";
import { readHostPattern } from "../hosts.js";
import { readProtectedEntry } from "../protected.js";
import { choice, count, list, named, section, texts, toggle, written, writtenOrNumber } from "./kit.js";
import { agentKeys, awsKey, login } from "./login.js";
import { shipping } from "./shipping.js";

export const workspace = section(
  {
    path: written(readPathText, {
      description: "The folder the command works in. Default: the current folder.",
      example: ".",
    }),
    mount: written(readPathText, {
      description: "Where it appears inside. Default: at its own path.",
      example: "/work",
    }),
    mode: choice(["read", "write", "overlay"], {
      description:
        "read: nothing in it can be changed. write: changes land at once. overlay: changes are kept apart for `cordon diff`, `apply` and `discard`.",
      example: "write",
    }),
    protect: texts(readProtectedEntry, {
      description:
        'Further names that stay read-only at any depth of the workspace, besides the protected names listed below. "!NAME" takes a name off that list.',
      example: ["deploy/keys", "!.vscode"],
    }),
  },
  { description: "The folder that the command works in." },
);

export const filesystem = section(
  {
    system: choice(["host", "image"], {
      description:
        "host: the host's /usr, /bin, /lib* and what is needed of /etc, read-only. image: the file tree of `image`.",
      example: "host",
    }),
    read: texts(readPathText, {
      description: "Further paths or patterns that can be read.",
      example: ["~/.gitconfig", "/opt/tools"],
    }),
    write: texts(readPathText, {
      description: "Further paths or patterns that can be read and written.",
      example: ["~/.cache/pip"],
    }),
    deny: texts(readPathText, {
      description:
        'Paths or patterns that are hidden, also below a granted path, whatever the order. Links are followed to the real file. A pattern that begins with "**/" holds at any depth.',
      example: ["**/.env"],
    }),
    home: choice(["private", "persistent"], {
      description:
        "private: an empty home that is gone afterwards. persistent: a home of its own, kept per policy name. Never the real home.",
      example: "persistent",
    }),
    tmp: section(
      {
        size: writtenOrNumber(readSize, { description: "How much /tmp can hold.", example: "512M" }),
        exec: toggle({ description: "Programs in /tmp can be executed.", example: false }),
      },
      { description: "The sandbox's own /tmp." },
    ),
    etc: named(readEtcPath, written(readVariableValue, { description: "What the file holds." }).unwrap(), {
      description:
        "Files of /etc inside, with what they hold: for settings of programs that are read there. Each in a folder that the system doesn't have.",
      example: { "example/settings.json": '{ "telemetry": false }' },
    }),
    canaries: toggle({
      description: "Decoy credentials where real ones would be; touching one is an alert.",
      example: true,
    }),
  },
  { description: "What the command sees of the file system, besides the workspace." },
);

const secret = section(
  {
    from: written(readSecretSource, {
      description:
        "Where the value comes from: env:NAME, file:PATH, store:NAME (of `cordon secret add`), keyring:NAME, credential:NAME (of a systemd unit) or command:PROGRAM.",
      example: "env:ANTHROPIC_API_KEY",
    }),
    env: written(readVariableName, {
      description: "The variable that holds the placeholder inside.",
      example: "ANTHROPIC_API_KEY",
    }),
    hosts: texts(readHostPattern, {
      description: "The only hosts that the real value is ever sent to.",
      example: ["api.anthropic.com"],
    }),
    ttl: written(readDuration, {
      description:
        "How long a value is used. Then its source is asked again; a value out of a variable can't be asked for again, and ends.",
      example: "1h",
    }),
    optional: toggle({
      description: "Without a value, run without it. Default false: a missing value is a refusal.",
      example: true,
    }),
    requests: count(
      { description: "So many requests of a run carry it, and no more.", example: 500 },
      { min: 1, max: 1_000_000_000 },
    ),
    tokens: count(
      {
        description:
          "So many tokens of a model, counted from what the provider's answers say; the request that goes beyond is the last one.",
        example: 1_000_000,
      },
      { min: 1, max: 1_000_000_000_000 },
    ),
    methods: texts(readMethod, { description: "Only requests with these methods carry it.", example: ["GET"] }),
    paths: texts(readUrlPath, { description: "Only requests to these URL paths carry it.", example: ["/v1/**"] }),
    places: list(z.enum(["header", "query", "body", "path"], { error: "must be header, query, body or path" }), {
      description:
        "Where in a request it is put in: header fields that carry keys (Basic authentication and cookies too), parameters of the query, members of a JSON or form body with the name of a key, anywhere in the path. Default: all but the path.",
      example: ["header"],
    }),
    oauth: login,
    ssh: agentKeys,
    aws: awsKey,
  },
  { description: "One secret." },
);

export const secrets = named(readSecretName, secret.unwrap(), {
  description:
    "Keys that the command can use without ever holding them: inside there is a placeholder, and the proxy puts the real value in, only towards `hosts`.",
});

export const process = section(
  {
    env: section(
      {
        pass: texts(readVariablePattern, {
          description: "Variables of the caller that the command sees; `LC_*` passes all that begin so.",
          example: ["TERM", "LC_*"],
        }),
        set: named(readVariableName, writtenOrNumber(readVariableValue, { description: "A value." }).unwrap(), {
          description: "Variables with fixed values.",
          example: { CI: "1" },
        }),
      },
      { description: "The command's environment; nothing else of the caller's is passed." },
    ),
    seccomp: written(readPathText, {
      description: "The system-call filter: default, strict, or an OCI seccomp file (JSON).",
      example: "default",
    }),
    nested: toggle({
      description: "The command may make namespaces of its own (for browsers and build tools with their own sandbox).",
      example: false,
    }),
  },
  { description: "The command's process." },
);

const COUNT = { min: 1, max: 4_194_304 };

export const limits = section(
  {
    memory: writtenOrNumber(readSize, { description: "Memory of all its processes together.", example: "2G" }),
    cpu: written(readCpu, { description: "Processor time: 100% is one processor.", example: "200%" }),
    pids: count({ description: "Processes and threads at one time.", example: 512 }, COUNT),
    files: count({ description: "Open files of each process.", example: 4096 }, { ...COUNT, min: 16 }),
    disk: writtenOrNumber(readSize, { description: "What it may write to disk.", example: "4G" }),
    time: written(readDuration, { description: "How long a run may last.", example: "1h" }),
  },
  { description: "Limits of a run." },
);

export const gui = section(
  {
    mode: choice(["none", "x11", "wayland"], {
      description: "A display of its own, never the user's.",
      example: "x11",
    }),
    size: written(readDisplaySize, { description: "The display's size.", example: "1280x800" }),
  },
  { description: "A display for graphical programs." },
);

export const devices = section(
  {
    gpu: toggle({ description: "The graphics processor.", example: false }),
    audio: toggle({ description: "Sound, in and out.", example: false }),
    camera: toggle({ description: "Cameras.", example: false }),
  },
  { description: "Devices that the command can use." },
);

export const image = section(
  {
    ref: written(readImageRef, { description: "The image's name.", example: "localhost/agent" }).unwrap(),
    digest: written(readDigest, { description: "The digest it must have.", example: `sha256:${"0".repeat(64)}` }),
    verify: section(
      {
        key: written(readPathText, {
          description: "The public key its signature must verify with.",
          example: "cosign.pub",
        }).unwrap(),
      },
      { description: "How the image's signature is verified before each run." },
    ),
  },
  { description: "The container image, for `filesystem.system: image` and container backends." },
);

const ANSWER = ["allow", "deny", "ask"] as const;

export const approvals = section(
  {
    network: choice(ANSWER, { description: "A host that no rule names: refused, or asked for.", example: "ask" }),
    exec: choice(ANSWER, { description: "A program that is started.", example: "allow" }),
    timeout: written(readDuration, { description: "How long a question waits; no answer is a no.", example: "60s" }),
  },
  { description: "Turns a denial into a question to the user." },
);

export const audit = section(
  {
    dir: written(readPathText, {
      description:
        "Where the tamper-evident record is kept, in `audit` below it, and the key that signs it, in `keys`.",
      example: "~/.local/state/cordon",
    }),
    onFailure: choice(["stop", "continue"], {
      description:
        "When an event can't be recorded (a full disk, a record that was removed): end the run, or go on with a warning and a gap in the record.",
      example: "stop",
    }),
    sync: choice(["off", "periodic", "always"], {
      description:
        "What is brought to the disk at once, in case the power fails: nothing, the checkpoints that are made every ten seconds, or every checkpoint.",
      example: "periodic",
    }),
    rotate: section(
      {
        size: written(readSize, { description: "The size at which a record goes on in another file.", example: "64M" }),
        age: written(readDuration, { description: "The age at which it does.", example: "1d" }),
      },
      { description: "When a record goes on in another file; the chain goes on through it." },
    ),
    ship: shipping,
  },
  { description: "The record of each run." },
);
