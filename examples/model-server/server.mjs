// A scripted model: speaks the Chat Completions protocol with streaming, on a unix socket or a TCP port, and answers each
// request with what a `decide` function makes of the conversation so far. It must never run anything itself.

import { createServer } from "node:http";

const MAX_REQUEST_BYTES = 4 * 1024 * 1024;

/**
 * @typedef {{ role: string, content?: unknown, tool_calls?: { id: string, function: { name: string, arguments: string } }[], tool_call_id?: string }} Message
 * @typedef {{ text?: string, call?: { name: string, arguments: Record<string, unknown> } }} Answer
 */

/**
 * @param {(messages: Message[]) => Answer} decide
 * @param {(line: string) => void} log
 */
export function createModelServer(decide, log) {
  return createServer((request, response) => {
    answer(request, response, decide, log).catch((error) => {
      log(`request failed: ${error instanceof Error ? error.message : String(error)}`);
      response.destroy();
    });
  });
}

async function answer(request, response, decide, log) {
  log(`${request.method} ${request.url}`);
  if (request.method === "GET" && request.url === "/v1/models") {
    return sendJson(response, 200, {
      object: "list",
      data: [{ id: "scripted", object: "model", owned_by: "example" }],
    });
  }
  if (request.method !== "POST" || request.url !== "/v1/chat/completions") {
    return sendJson(response, 404, { error: { message: "no such route", type: "invalid_request_error" } });
  }
  const body = JSON.parse(await readBody(request));
  const decision = decide(body.messages);
  if (body.stream === true) streamAnswer(response, body, decision);
  else sendJson(response, 200, completion(body, decision));
}

async function readBody(request) {
  const chunks = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size > MAX_REQUEST_BYTES) throw new Error("the request is too large");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function sendJson(response, status, value) {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(value));
}

function frame(body, object) {
  return { id: "chatcmpl-example", object, created: 1_700_000_000, model: body.model ?? "scripted" };
}

function toolCall(call, body) {
  const id = `call_${body.messages.length}`;
  return { id, type: "function", function: { name: call.name, arguments: JSON.stringify(call.arguments) } };
}

function completion(body, decision) {
  const calls = decision.call === undefined ? undefined : [toolCall(decision.call, body)];
  const message = { role: "assistant", content: decision.text ?? null, ...(calls && { tool_calls: calls }) };
  return {
    ...frame(body, "chat.completion"),
    choices: [{ index: 0, message, finish_reason: calls ? "tool_calls" : "stop" }],
    usage: usage(),
  };
}

/** Sent in small pieces on purpose: a client that only works with whole messages would fail here, as it should. */
function streamAnswer(response, body, decision) {
  response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-cache" });
  const send = (delta, finish = null) => {
    const choice = { index: 0, delta, finish_reason: finish };
    response.write(`data: ${JSON.stringify({ ...frame(body, "chat.completion.chunk"), choices: [choice] })}\n\n`);
  };
  send({ role: "assistant", content: "" });
  for (const piece of pieces(decision.text ?? "")) send({ content: piece });
  if (decision.call !== undefined) {
    const whole = toolCall(decision.call, body);
    const head = { index: 0, id: whole.id, type: "function", function: { name: whole.function.name, arguments: "" } };
    send({ tool_calls: [head] });
    for (const piece of pieces(whole.function.arguments))
      send({ tool_calls: [{ index: 0, function: { arguments: piece } }] });
  }
  send({}, decision.call === undefined ? "stop" : "tool_calls");
  const last = { ...frame(body, "chat.completion.chunk"), choices: [], usage: usage() };
  response.end(`data: ${JSON.stringify(last)}\n\ndata: [DONE]\n\n`);
}

function pieces(text) {
  return text.match(/[\s\S]{1,40}/g) ?? [];
}

function usage() {
  return { prompt_tokens: 100, completion_tokens: 20, total_tokens: 120 };
}
