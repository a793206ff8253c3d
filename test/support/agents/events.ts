// Answers: JSON, and server-sent events as the providers write them, in small pieces on purpose: a client that only works with whole messages would
// fail here, as it should.
import type { Exchange } from "../egress/origin.js";

export interface EventStream {
  /** One event: its data as JSON, and its name where the protocol gives it one. */
  send(data: unknown, name?: string): void;
  end(last?: string): void;
}

export function openEvents(exchange: Exchange): EventStream {
  // As bytes: HTTP/2 of Node 20 mixes up texts that wait together when an empty one is among them.
  const stream = exchange.open(200, {
    "content-type": "text/event-stream; charset=utf-8",
    "cache-control": "no-cache",
  });
  return {
    send: (data, name) => {
      stream.write(Buffer.from(`${name === undefined ? "" : `event: ${name}\n`}data: ${JSON.stringify(data)}\n\n`));
    },
    end: (last) => {
      if (last === undefined) stream.end();
      else stream.end(Buffer.from(`data: ${last}\n\n`));
    },
  };
}

export function pieces(text: string): readonly string[] {
  return text.match(/[\s\S]{1,40}/g) ?? [];
}

export function answerJson(exchange: Exchange, data: unknown): void {
  exchange.answer(200, { "content-type": "application/json" }, JSON.stringify(data));
}
