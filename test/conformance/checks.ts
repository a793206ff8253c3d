// What every backend must hold, as data: a command to run inside and what it must and must not print. Nothing here knows how a
// wall is built; a backend that can't hold one of these isn't a backend.

export interface Place {
  /** Writable inside, at this path. */
  readonly workspace: string;
  /** A file of the same user that no policy names. */
  readonly hidden: string;
  /** Text of that file. */
  readonly secret: string;
  /** A port on the host's loopback that answers. */
  readonly port: number;
}

export interface Check {
  readonly name: string;
  readonly flags?: (place: Place) => readonly string[];
  readonly script: (place: Place) => string;
  /** Must be in what it prints. */
  readonly shows: RegExp;
  /** Must not be there: the secret never may. */
  readonly hides?: RegExp;
  /** Exit status, default 0. */
  readonly code?: number;
  /** File of the workspace that must exist (or not) afterwards, seen from outside. */
  readonly leaves?: Readonly<Record<string, boolean>>;
}

const FILES: readonly Check[] = [
  {
    name: "the command runs in the workspace and can write there",
    script: () => "pwd; echo x > made; cat made",
    shows: /\nx\n$/,
    leaves: { made: true },
  },
  {
    name: "what the policy doesn't name can't be read",
    script: (place) => `cat ${place.hidden}; echo end`,
    shows: /end/,
  },
  {
    name: "nor by way of another process",
    script: (place) => `for p in /proc/[0-9]*; do cat $p/root${place.hidden}; done 2>/dev/null; echo end`,
    shows: /end/,
  },
  {
    name: "the system is read-only",
    script: () => "for d in / /usr /etc /usr/bin; do touch $d/cordon-x 2>/dev/null && echo written; done; echo end",
    shows: /end/,
    hides: /written/,
  },
  {
    name: "a read-only workspace stays as it is",
    flags: () => ["--mode", "read"],
    script: () => "touch made 2>/dev/null; echo end",
    shows: /end/,
    leaves: { made: false },
  },
  {
    name: "a denied name is hidden",
    flags: () => ["--deny", "**/.env"],
    script: () => "cat .env; cat sub/.env; echo end",
    shows: /end/,
    hides: /hidden-by-name/,
  },
  {
    name: "a protected name can't be made",
    script: () => "mkdir -p a/b/.git/hooks; echo x > a/b/.git/hooks/pre-commit; echo x > .envrc; echo end",
    shows: /end/,
    leaves: { "a/b/.git/hooks/pre-commit": false, ".envrc": false },
  },
  {
    name: "/tmp and the home folder are private and writable",
    script: (place) => `touch ~/x /tmp/x && ls -A ~ | grep -c x; ls /tmp; echo ${place.port}`,
    shows: /^1/,
  },
  {
    name: "a granted folder can be read, not written",
    flags: (place) => ["--read", place.hidden],
    script: (place) => `test -s ${place.hidden} && echo there; (echo y >> ${place.hidden}) 2>/dev/null || echo refused`,
    shows: /there\nrefused/,
  },
];

const PROCESSES: readonly Check[] = [
  {
    name: "no capability, no new privileges, a system call filter",
    script: () => "grep -E 'CapEff|CapBnd|NoNewPrivs|Seccomp:' /proc/self/status",
    shows: /CapEff:\s0+\nCapBnd:\s0+\nNoNewPrivs:\s1\nSeccomp:\s2/,
  },
  { name: "processes of the host aren't there", script: () => "ls -d /proc/[0-9]* | wc -l", shows: /^\d\n$/ },
  {
    name: "no new namespaces",
    script: () => "unshare -Ur true 2>/dev/null && echo made; unshare -m true 2>/dev/null && echo made; echo end",
    shows: /end/,
    hides: /made/,
  },
  {
    name: "no mounting",
    script: () => "mount -t tmpfs none /tmp 2>/dev/null && echo mounted; echo end",
    shows: /end/,
    hides: /mounted/,
  },
  {
    name: "the caller's environment stays outside",
    script: () => "env; tr '\\0' '\\n' < /proc/1/environ 2>/dev/null; echo end",
    shows: /end/,
    hides: /CONFORMANCE_LEAK/,
  },
  { name: "not root", script: () => "id -u", shows: /^[1-9]\d*\n$/ },
  {
    name: "the number of processes is limited",
    flags: () => ["--set", "limits.pids=40"],
    script: () =>
      "i=0; while [ $i -lt 100 ] && (sleep 3 & ) 2>/dev/null; do i=$((i+1)); done; echo end; ls -d /proc/[0-9]* | wc -l",
    shows: /^(end\n\d{1,2}\n)?/,
  },
];

const NETWORK: readonly Check[] = [
  { name: "only loopback", script: () => "cut -d: -f1 /proc/net/dev | tail -n +3 | tr -d ' '", shows: /^lo\n$/ },
  {
    name: "services of the host's loopback don't answer",
    script: (place) => `(echo hello > /dev/tcp/127.0.0.1/${place.port}) 2>/dev/null && echo connected; echo end`,
    shows: /end/,
    hides: /connected/,
  },
  {
    name: "no name is resolved",
    script: () => "getent hosts example.com && echo resolved; echo end",
    shows: /end/,
    hides: /resolved/,
  },
];

const LIFE: readonly Check[] = [
  { name: "the exit status is the command's", script: () => "echo end; exit 7", shows: /end/, code: 7 },
  { name: "death by a signal is 128 and its number", script: () => "echo end; kill -TERM $$", shows: /end/, code: 143 },
  { name: "stdin is passed on", script: () => "cat", shows: /^from the caller\n$/ },
  {
    name: "background processes end with the command",
    script: () => "setsid sleep 3737 > /dev/null 2>&1 & echo end",
    shows: /end/,
  },
];

export const CHECKS: readonly Check[] = [...FILES, ...PROCESSES, ...NETWORK, ...LIFE];
