import assert from "node:assert/strict";
import { test } from "node:test";
import { UsageReader } from "./usage.js";

function tokensOf(text: string, pieces = 7): number {
  const reader = new UsageReader();
  for (let at = 0; at < text.length; at += pieces) reader.push(Buffer.from(text.slice(at, at + pieces)));
  return reader.tokens;
}

test("Anthropic's, whole and as events", () => {
  const usage = { input_tokens: 25, cache_creation_input_tokens: 100, cache_read_input_tokens: 7, output_tokens: 40 };
  assert.equal(tokensOf(JSON.stringify({ type: "message", content: [], usage })), 172);
  const events = [
    `event: message_start\ndata: ${JSON.stringify({ message: { usage: { input_tokens: 25, output_tokens: 1 } } })}\n`,
    `event: content_block_delta\ndata: {"delta":{"text":"hello"}}\n`,
    `event: message_delta\ndata: ${JSON.stringify({ usage: { output_tokens: 40 } })}\n`,
  ];
  assert.equal(tokensOf(events.join("\n")), 65);
});

test("OpenAI's, of both of its interfaces", () => {
  const chat = { usage: { prompt_tokens: 9, completion_tokens: 12, total_tokens: 21 } };
  assert.equal(tokensOf(JSON.stringify(chat)), 21);
  assert.equal(
    tokensOf(`data: ${JSON.stringify({ choices: [] })}\n\ndata: ${JSON.stringify(chat)}\n\ndata: [DONE]\n`),
    21,
  );
  const responses = {
    type: "response.completed",
    response: { usage: { input_tokens: 36, output_tokens: 87, total_tokens: 123 } },
  };
  assert.equal(tokensOf(`data: ${JSON.stringify(responses)}\n\n`, 1), 123);
});

test("what a model writes about tokens doesn't count", () => {
  const text = 'the answer was {"input_tokens": 999999, "output_tokens": 5}';
  assert.equal(
    tokensOf(JSON.stringify({ content: [{ type: "text", text }], usage: { input_tokens: 3, output_tokens: 4 } })),
    7,
  );
  assert.equal(tokensOf("<html>no numbers</html>"), 0);
});
