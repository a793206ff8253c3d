// A terminal works inside as outside, and nothing typed by the command reaches the caller's own: H19.

import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { bring, compile } from "../support/compile.js";
import { cordonArgv } from "../support/exec.js";
import { identities, superuser } from "../support/identity.js";
import { familyOf, type Process, withMark } from "../support/processes.js";
import { makeStage, type Stage } from "../support/stage.js";
import { openTerminal } from "../support/terminal.js";
import { until } from "../support/wait.js";

const PROGRAM = compile({ after }, "terminal");

function insideArgv(stage: Stage, ...command: readonly string[]): readonly string[] {
  return cordonArgv("run", "-p", stage.path("policy.yaml"), "-w", stage.workspace, "--env", "PS1=$ ", "--", ...command);
}

/** The sleeping processes with this command line: not those that merely name it. */
function asleep(mark: string): readonly Process[] {
  return withMark(mark).filter((one) => one.name === "sleep");
}

/** A shell's words for a command line. */
function quote(argv: readonly string[]): string {
  return argv.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(" ");
}

/** Prints the terminal's modes before and after the command. */
function withModes(argv: readonly string[]): readonly string[] {
  return ["sh", "-c", `echo modes $(stty -g); ${quote(argv)}; status=$?; echo modes $(stty -g); exit $status`];
}

for (const identity of identities) {
  describe(`terminal, as ${identity.name}`, () => {
    test("the command has one, with the right size, a session and the foreground", async (t) => {
      const stage = makeStage(t, identity);
      const terminal = await openTerminal(
        t,
        insideArgv(stage, bring(stage, PROGRAM), "info"),
        identity,
        stage.workspace,
      );
      await terminal.see(/tty 111 rows 24 columns 80 foreground 1 session 1 name \/dev\/pts\/\d+/);
      assert.equal(await terminal.ended(), 0);
    });

    test("only some of the three descriptors may be a terminal", async (t) => {
      const stage = makeStage(t, identity);
      const command = insideArgv(stage, "bash", "-c", "[ -t 0 ]; echo $?; [ -t 1 ]; echo $?");
      const terminal = await openTerminal(t, ["sh", "-c", `${quote(command)} | cat`], identity, stage.workspace);
      await terminal.see(/0\r?\n1\r?\n/);
      assert.equal(await terminal.ended(), 0);
    });

    test("raw mode passes each byte, and the modes are as before afterwards", async (t) => {
      const stage = makeStage(t, identity);
      const argv = withModes(insideArgv(stage, bring(stage, PROGRAM), "raw"));
      const terminal = await openTerminal(t, argv, identity, stage.workspace);
      const before = await terminal.see(/modes \S+/);
      await terminal.see(/raw\r\n/);
      for (const [text, code] of [
        ["a", 97],
        ["\u0003", 3],
        ["\u001a", 26],
        ["\u0004", 4],
        ["\r", 13],
      ] as const) {
        terminal.type(text);
        await terminal.see(new RegExp(`byte ${code}\r\n`));
      }
      terminal.type("x");
      assert.equal(await terminal.see(/modes \S+/), before);
      assert.equal(await terminal.ended(), 0);
    });

    test("a new window size reaches the program", async (t) => {
      const stage = makeStage(t, identity);
      const terminal = await openTerminal(
        t,
        insideArgv(stage, bring(stage, PROGRAM), "resize"),
        identity,
        stage.workspace,
      );
      await terminal.see(/at first 24 80/);
      terminal.resize(50, 132);
      await terminal.see(/now 50 132/);
      assert.equal(await terminal.ended(), 0);
    });

    test("Ctrl-C ends a foreground sleep while bash lives, Ctrl-Z and fg work", async (t) => {
      const stage = makeStage(t, identity);
      const terminal = await openTerminal(t, insideArgv(stage, "bash", "--norc", "-i"), identity, stage.workspace);
      await terminal.see(/\$ /);
      terminal.type("sleep 4343\n");
      await until("sleep runs", () => asleep("sleep 4343").some((one) => one.foreground));
      terminal.type("\u0003");
      await until("sleep is gone", () => asleep("sleep 4343").length === 0);
      terminal.type("echo st$((1+1))atus $?\n");
      await terminal.see(/st2atus 130/);
      terminal.type("sleep 4344\n");
      await until("the second sleep runs", () => asleep("sleep 4344").some((one) => one.foreground));
      terminal.type("\u001a");
      await terminal.see(/Stopped/);
      terminal.type("jobs; bg; jobs\n");
      await terminal.see(/Running/);
      terminal.type("fg\n");
      await until("sleep is in the foreground", () => asleep("sleep 4344").some((one) => one.foreground));
      terminal.type("\u0003");
      await until("the second sleep is gone", () => asleep("sleep 4344").length === 0);
      terminal.type("echo al$((1+1))ive\n");
      await terminal.see(/al2ive/);
      terminal.type("exit 5\n");
      assert.equal(await terminal.ended(), 5);
    });

    test("Ctrl-C ends a command that doesn't handle it", async (t) => {
      const stage = makeStage(t, identity);
      const terminal = await openTerminal(
        t,
        insideArgv(stage, "sh", "-c", "echo here; exec sleep 4345"),
        identity,
        stage.workspace,
      );
      await terminal.see(/here/);
      terminal.type("\u0003");
      assert.equal(await terminal.ended(), 130);
      await until("it is gone", () => asleep("sleep 4345").length === 0, 1000);
    });

    test("Ctrl-Z in the caller's shell stops the run, fg continues it", async (t) => {
      const stage = makeStage(t, identity);
      const terminal = await openTerminal(t, ["bash", "--norc", "-i"], identity, stage.workspace);
      terminal.type("PS1='> '\n");
      await terminal.see(/> $/);
      const command = insideArgv(stage, "sh", "-c", "echo inside; read line; echo got $line");
      terminal.type(`${quote(command)}\n`);
      await terminal.see(/[\r\n]inside\r\n/);
      terminal.type("\u001a");
      await terminal.see(/Stopped/);
      terminal.type("echo sh$((1+1))ell\n");
      await terminal.see(/sh2ell/);
      terminal.type("fg\n");
      terminal.type("hello\n");
      // Until the run has ended, what is typed belongs to its command.
      await terminal.see(/got hello\r\n[^\r\n]*> $/);
      terminal.type("stty -a | head -3; exit 6\n");
      assert.equal(await terminal.ended(), 6);
    });

    for (const [signal, who] of [
      ["SIGTERM", "supervisor"],
      ["SIGHUP", "supervisor"],
      ["SIGKILL", "sandbox"],
    ] as const) {
      test(`the terminal is as before after ${signal} to the ${who}`, async (t) => {
        const stage = makeStage(t, identity);
        const argv = withModes(insideArgv(stage, bring(stage, PROGRAM), "raw"));
        const terminal = await openTerminal(t, argv, identity, stage.workspace);
        const before = await terminal.see(/modes \S+/);
        await terminal.see(/raw\r\n/);
        const [, supervisor, launcher] = familyOf(terminal.pid);
        const victim = who === "supervisor" ? supervisor : launcher;
        assert.ok(victim !== undefined);
        process.kill(victim.pid, signal);
        assert.equal(await terminal.see(/modes \S+/), before);
        await terminal.ended();
      });
    }

    test("nothing can be typed into the caller's terminal", async (t) => {
      const stage = makeStage(t, identity);
      const program = bring(stage, PROGRAM);
      if (superuser !== undefined) {
        const open = await openTerminal(
          t,
          ["sh", "-c", `'${program}' inject 'echo st$((1+1))olen\n'; cat`],
          superuser,
          stage.workspace,
        );
        await open.see(/inject ok/);
        await open.see(/echo st\$\(\(1\+1\)\)olen/);
        open.type("\u0004");
      }
      const command = quote(insideArgv(stage, program, "inject", "touch stolen\n"));
      const terminal = await openTerminal(t, ["bash", "--norc", "-i"], identity, stage.workspace);
      terminal.type(`${command}; ${quote(insideArgv(stage, program, "linux"))}; echo a$((1+1))fter\n`);
      await terminal.see(/inject errno \d+/);
      await terminal.see(/tioclinux refused/);
      await terminal.see(/a2fter/);
      terminal.type("exit\n");
      await terminal.ended();
      assert.equal(stage.exists("workspace/stolen"), false);
    });
  });
}
