// The user's ssh-agent as a sandbox sees it: a socket of the supervisor's own at which the policy's keys can be listed, and sign where judge.ts says
// so. Every other request is refused here and never reaches the agent. Each signature is an event, each refused one an alert.
import { connect, type Server, type Socket } from "node:net";
import { printable } from "../../core/text.js";
import type { PlannedSshKeys } from "../../plan/secret.js";
import { type Identity, isLent, judgeSign, readBind, SESSION_BIND, type Session } from "./judge.js";
import { framed, MESSAGES, messagesIn, Reader, text, uint32 } from "./wire.js";

export interface AgentContext {
  /** The agent's own socket. */
  readonly source: string;
  /** Those that may be used now. */
  readonly rules: () => readonly PlannedSshKeys[];
  readonly used: (name: string, host: string) => void;
  readonly alert: (message: string) => void;
  /** The user's answer to a question. */
  readonly confirm: (question: string) => Promise<boolean>;
}

const MAX_CONNECTIONS = 64;
const MAX_WAITING = 64;
const TIMEOUT_MS = 60_000;
/** Of refused requests: a program can ask as often as it likes. */
const MAX_ALERTS = 200;
const FAILURE = framed(Buffer.from([MESSAGES.failure]));
const SUCCESS = framed(Buffer.from([MESSAGES.success]));

export function serveAgent(server: Server, context: AgentContext): () => void {
  const open = new Set<Socket>();
  const told = { alerts: 0 };
  const alert = (message: string) => {
    told.alerts += 1;
    if (told.alerts <= MAX_ALERTS) context.alert(message);
  };
  server.on("error", () => undefined);
  server.on("connection", (socket) => {
    if (open.size >= MAX_CONNECTIONS) {
      socket.destroy();
      return;
    }
    open.add(socket);
    socket.on("error", () => socket.destroy());
    socket.once("close", () => open.delete(socket));
    serve(socket, new AgentClient(context, alert));
  });
  return () => {
    server.close();
    for (const socket of open) socket.destroy();
  };
}

/** One after the other: an answer belongs to the request before it. */
function serve(socket: Socket, client: AgentClient): void {
  let rest: Buffer = Buffer.alloc(0);
  let waiting = 0;
  let chain = Promise.resolve();
  socket.on("data", (chunk: Buffer) => {
    const read = messagesIn(Buffer.concat([rest, chunk]));
    if (read === undefined || waiting + read.messages.length > MAX_WAITING) {
      socket.destroy();
      return;
    }
    rest = read.rest;
    for (const message of read.messages) {
      waiting += 1;
      chain = chain
        .then(() => client.answer(Buffer.from(message)))
        .catch(() => FAILURE)
        .then((answer) => {
          waiting -= 1;
          if (!socket.destroyed) socket.write(answer);
        });
    }
  });
}

class AgentClient {
  readonly #context: AgentContext;
  readonly #alert: (message: string) => void;
  #session: Session | undefined;
  #bindMessage: Buffer | undefined;
  #bound = false;

  constructor(context: AgentContext, alert: (message: string) => void) {
    this.#context = context;
    this.#alert = alert;
  }

  async answer(message: Buffer): Promise<Buffer> {
    const reader = new Reader(message);
    const type = reader.byte();
    if (type === MESSAGES.requestIdentities) return this.#list();
    if (type === MESSAGES.signRequest) return this.#sign(message, reader);
    if (type === MESSAGES.extension && reader.string()?.toString() === SESSION_BIND) return this.#bind(message, reader);
    // Clients ask what extensions there are; that isn't an attempt.
    if (type !== MESSAGES.extension)
      this.#alert(`a request to the ssh-agent was refused: neither listing nor signing (type ${type ?? "unknown"})`);
    return FAILURE;
  }

  async #list(): Promise<Buffer> {
    const lent = (await this.#identities()).filter((identity) => isLent(this.#context.rules(), identity));
    const keys = lent.flatMap(({ blob, comment }) => [text(blob), text(comment)]);
    return framed(Buffer.from([MESSAGES.identitiesAnswer]), uint32(lent.length), ...keys);
  }

  /** The first one counts: a second one would be of a session behind the first. */
  #bind(message: Buffer, reader: Reader): Buffer {
    const session = this.#bound ? undefined : readBind(reader);
    this.#bound = true;
    this.#session = session;
    this.#bindMessage = session === undefined ? undefined : message;
    if (session === undefined) this.#alert("a session that no server has signed was to be bound to the ssh-agent");
    return session === undefined ? FAILURE : SUCCESS;
  }

  async #sign(message: Buffer, reader: Reader): Promise<Buffer> {
    const [blob, data, flags] = [reader.string(), reader.string(), reader.uint32()];
    if (blob === undefined || data === undefined || flags === undefined || !reader.isOver) return FAILURE;
    const identity = (await this.#identities()).find((each) => each.blob.equals(blob));
    const verdict = judgeSign(this.#context.rules(), { data, identity, session: this.#session });
    if (!verdict.allowed) {
      this.#alert(`the ssh-agent was to sign ${verdict.why}`);
      return FAILURE;
    }
    const { rule, host } = verdict;
    const question = `Let the sandbox log in at ${host} with your key ${printable(identity?.comment ?? "", 100)}?`;
    if (rule.confirm && !(await this.#context.confirm(question))) return FAILURE;
    // An agent whose keys are bound to hosts of their own wants to know the session, too.
    const bind = this.#bindMessage;
    const answer = await ask(this.#context.source, bind === undefined ? [message] : [bind, message]);
    if (answer[0] !== MESSAGES.signResponse) return FAILURE;
    this.#context.used(rule.name, host);
    return framed(answer);
  }

  async #identities(): Promise<readonly Identity[]> {
    const reader = new Reader(await ask(this.#context.source, [Buffer.from([MESSAGES.requestIdentities])]));
    if (reader.byte() !== MESSAGES.identitiesAnswer) return [];
    const found: Identity[] = [];
    for (let left = Math.min(1000, reader.uint32() ?? 0); left > 0; left--) {
      const [blob, comment] = [reader.string(), reader.string()];
      if (blob === undefined || comment === undefined) break;
      found.push({ blob, comment: comment.toString() });
    }
    return found;
  }
}

/** The last answer. A connection for each time: nothing of one client stays for another. */
function ask(source: string, messages: readonly Buffer[]): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const socket = connect({ path: source });
    let came: Buffer = Buffer.alloc(0);
    const fail = () => {
      socket.destroy();
      reject(new Error("the ssh-agent doesn't answer"));
    };
    socket.setTimeout(TIMEOUT_MS, fail);
    socket.once("error", fail);
    socket.once("close", fail);
    socket.on("data", (chunk: Buffer) => {
      came = Buffer.concat([came, chunk]);
      const read = messagesIn(came);
      const last = read?.messages[messages.length - 1];
      if (read === undefined) fail();
      else if (last !== undefined) {
        resolve(Buffer.from(last));
        socket.destroy();
      }
    });
    socket.write(Buffer.concat(messages.map((message) => framed(message))));
  });
}
