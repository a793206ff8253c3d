// The tools of a developer's day run inside: interpreters, compilers, package and version managers, archives, parallel make.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { describeResult } from "../support/exec.js";
import { identities } from "../support/identity.js";
import { makeStage } from "../support/stage.js";

const C_SOURCE = '#include <stdio.h>\\nint main(void) { puts("compiled"); return 0; }\\n';

/** Name, script, and what it must print. */
const TOOLS: readonly (readonly [string, string, RegExp])[] = [
  [
    "node with threads, workers and child processes",
    `node -e 'const {Worker}=require("worker_threads");new Worker("require(\\"worker_threads\\").parentPort.postMessage(41+1)",{eval:true}).on("message",m=>console.log("worker",m,require("child_process").execSync("echo child").toString()))'`,
    /worker 42 child/,
  ],
  ["node:test", `mkdir t; echo 'require("node:test")("x",()=>{})' > t/x.test.js; node --test t/x.test.js`, /pass 1/],
  [
    "a server and a client on the sandbox's own loopback",
    `node -e 'const s=require("http").createServer((q,r)=>r.end("served")).listen(0,"127.0.0.1",()=>require("http").get({port:s.address().port,host:"127.0.0.1"},r=>r.on("data",d=>{console.log(""+d);s.close();process.exit()})))'`,
    /served/,
  ],
  [
    "python with subprocess, threads and sqlite",
    `python3 -c 'import subprocess,threading,sqlite3,tempfile;t=threading.Thread(target=print,args=("thread",));t.start();t.join();print(subprocess.check_output(["echo","child"]),sqlite3.connect("x.db").execute("select 6*7").fetchone())'`,
    /thread\nb'child\\n' \(42,\)/,
  ],
  [
    "python's multiprocessing",
    `python3 -c 'import multiprocessing as m
if __name__=="__main__":
  with m.Pool(2) as p: print(p.map(abs,[-1,-2]))'`,
    /\[1, 2\]/,
  ],
  [
    "gcc and make -j",
    `printf '${C_SOURCE}' > a.c; printf 'all: a b\\n%%: a.c\\n\\tgcc -o $@ a.c\\n' > Makefile; make -sj4 && ./a && ./b`,
    /compiled\ncompiled/,
  ],
  [
    "tar, gzip, find and xargs",
    `mkdir d; for i in $(seq 200); do echo $i > d/$i; done; tar czf d.tgz d && rm -r d && tar xzf d.tgz && find d -type f | xargs -P2 -n20 cat | wc -l`,
    /200/,
  ],
  [
    "git",
    `git init -q r && cd r && git -c user.name=a -c user.email=b@c commit -q --allow-empty -m x && git log --oneline | wc -l`,
    /1/,
  ],
  [
    "links, renames, modes, times and locks",
    `echo x > a; ln a b; ln -s a c; mv b d; chmod 600 d; touch -d 2020-01-01 d; flock d stat -c '%a %h %Y' d; mkdir -p x/y/z; mv x w; rmdir w/y/z; truncate -s 100 a; stat -c %s c -L`,
    /600 2 1577836800\n100/,
  ],
  ["a pipe of many processes", "seq 1000 | sort -R | sort -n | uniq | awk '{s+=$1} END {print s}'", /500500/],
  [
    "/tmp and /dev/shm are empty, and these and the home folder are writable",
    `ls -A /tmp /dev/shm | grep -vE ':$|cordon-test-' | grep -c .; touch /tmp/x ~/x /dev/shm/x && echo ok`,
    /^0\nok/,
  ],
  [
    "scripts with a shebang, and names from /etc",
    `printf '#!/usr/bin/env python3\\nprint("script")\\n' > s; chmod +x s; ./s; id -un; getent passwd $(id -u) | cut -d: -f6; hostname -f >/dev/null 2>&1; date >/dev/null; locale >/dev/null; echo end`,
    /script\n[\s\S]*end/,
  ],
];

for (const identity of identities) {
  describe(`tools, as ${identity.name}`, () => {
    for (const [name, script, wanted] of TOOLS) {
      test(name, async (t) => {
        const stage = makeStage(t, identity);
        const result = await stage.inside(["bash", "-c", script]);
        assert.match(result.stdout, wanted, describeResult(result));
        assert.equal(result.code, 0, describeResult(result));
      });
    }
  });
}
