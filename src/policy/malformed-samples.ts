// What malformed.ts bends and bends with: one valid policy, and values, hosts and lines that no policy has. Data only.

/** The valid policy that the malformed ones are made from. */
export const SOUND_POLICY = `version: 1
name: sample
extends: [claude-code]
backend: auto
workspace:
  path: .
  mode: write
  protect: [".git/hooks", "deploy/keys"]
filesystem:
  read: ["/opt/tools"]
  deny:
    - "**/.env"
  home: private
  tmp: { size: 512M, exec: false }
network:
  mode: allowlist
  allow:
    - api.example.com
    - "*.example.org:443"
    - host: api.github.com
      ports: [443]
      methods: [GET]
      paths: ["/repos/me/**"]
      inspect: true
      rate: 60/m
      maxUpload: 1M
    - host: models.internal
      connect: "127.0.0.1:8080"
  limits: { requests: 600/m, upload: 50M, download: 2G, connections: 64 }
  filter: { secrets: block, patterns: ["X-[0-9]+"] }
  forward: ["127.0.0.1:11434"]
  publish: ["3000", "8080:80"]
  sockets: ["/run/llm.sock"]
secrets:
  anthropic: { from: "env:ANTHROPIC_API_KEY", env: ANTHROPIC_API_KEY, hosts: [api.anthropic.com], ttl: 1h }
process:
  env: { pass: [TERM, LANG], set: { CI: "1" } }
  seccomp: default
  nested: false
limits: { memory: 2G, cpu: 200%, pids: 512, files: 4096, disk: 4G, time: 1h }
gui: { mode: none, size: 1280x800 }
devices: { gpu: false, audio: false, camera: false }
approvals: { network: deny, exec: allow, timeout: 60s }
alerts:
  - { on: network.denied, over: 5/m, do: [notify] }
`;

export const ODD_VALUES = [
  "null",
  "~",
  "[]",
  "{}",
  "-1",
  "0",
  "1e999",
  ".inf",
  ".nan",
  "999999999999999999999",
  "'\\0'",
  '"\\0"',
  "*alias",
  "&anchor x",
  "!!str x",
  "!!binary aGk=",
  "!<tag:yaml.org,2002:int> 3",
  "yes",
  "''",
  "[[[[]]]]",
  "{ a: { b: { c: d } } }",
  "|\n\n",
  ">-\n",
  "%YAML",
  "@x",
  "`x`",
  "2001-01-01",
  "0x7fffffffffffffff",
  "../../../../etc/shadow",
  "~root/.ssh",
  "lots",
  "__proto__",
  "exa mple",
] as const;

export const ODD_HOSTS = [
  "http://example.com",
  "example.com/path",
  "user@example.com",
  "*",
  "*.*.com",
  "a.*.com",
  "exa_mple.com",
  "example.com:0",
  "example.com:65536",
  "example.com.",
  ".example.com",
  "127.1",
  "0177.0.0.1",
  "2130706433",
  "0x7f.1",
  "1.2.3.4.5",
  "[::1",
  "::1",
  "[::ffff:127.0.0.1]",
  "[example.com]",
  "a..b",
  "-a.example",
  "a-.example",
  "x%00y",
  "example.com:443:443",
  "xn--a",
  " a.b",
] as const;

export const ADDITIONS = [
  "version: 1\n",
  "---\nversion: 1\n",
  "...\n%YAML 1.1\n---\n",
  "<<: { a: b }\n",
  "? [complex]\n: key\n",
  "1: 2\n",
  "true: x\n",
  "__proto__: { name: x }\n",
  "constructor: { prototype: 1 }\n",
  "toString: 1\n",
  "\tname: x\n",
  "  stray: indent\n",
  "- item\n",
  "}\n",
  "]\n",
  '"\n',
  "extends: [nobody]\n",
  "extends: [./missing.yaml]\n",
  "base: &b {}\nname: *b\n",
  "network : {allow: [x]}\n",
  "name\n",
] as const;
