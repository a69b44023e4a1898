// Small programs on the TypeScript Agent SDK: `program.mjs NAME CLAUDE` prints what it saw as lines of JSON.
// $SDK is the folder of the package.

import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const { query, createSdkMcpServer, tool } = await import(pathToFileURL(`${process.env.SDK}/sdk.mjs`));
const { z } = createRequire(`${process.env.SDK}/sdk.mjs`)("zod");
const [name, claude] = process.argv.slice(2);

const tell = (kind, more) => console.log(JSON.stringify({ kind, ...more }));

function saw(message) {
  if (message.type === "result")
    tell("result", { text: message.result ?? null, error: message.is_error, session: message.session_id });
  else if (message.type === "system" && message.subtype === "init") tell("init", { session: message.session_id });
  else if (message.type === "assistant")
    tell("assistant", { text: message.message.content.map((block) => block.text ?? "").join("") });
}

// The user's side of a conversation: what is said with `say` goes out when the SDK asks for it.
function conversation() {
  const waiting = [];
  let wake = () => {};
  let over = false;
  return {
    say(text) {
      waiting.push({ type: "user", message: { role: "user", content: text }, parent_tool_use_id: null });
      wake();
    },
    end() {
      over = true;
      wake();
    },
    async *[Symbol.asyncIterator]() {
      while (!over || waiting.length) {
        if (waiting.length) yield waiting.shift();
        else await new Promise((resolve) => (wake = resolve));
      }
    },
  };
}

// Says the questions one after another, each after the answer to the one before.
async function ask(questions, options = {}, between = async () => {}) {
  const talk = conversation();
  const asked = query({ prompt: talk, options: { pathToClaudeCodeExecutable: claude, ...options } });
  let next = 0;
  talk.say(questions[next++]);
  for await (const message of asked) {
    saw(message);
    await between(message, asked, next);
    if (message.type !== "result") continue;
    if (next < questions.length) talk.say(questions[next++]);
    else talk.end();
  }
}

const everything = {
  canUseTool: async (tool, input) => {
    tell("permission", { tool, input });
    return { behavior: "allow", updatedInput: input };
  },
  hooks: {
    PreToolUse: [
      {
        hooks: [
          async (given) => {
            tell("hook", { event: given.hook_event_name, tool: given.tool_name });
            return {};
          },
        ],
      },
    ],
  },
  mcpServers: {
    sums: createSdkMcpServer({
      name: "sums",
      tools: [
        tool("add", "Adds two numbers", { a: z.number(), b: z.number() }, async ({ a, b }) => {
          tell("tool", { sum: a + b });
          return { content: [{ type: "text", text: String(a + b) }] };
        }),
      ],
    }),
  },
};

const programs = {
  five: () => ask([1, 2, 3, 4, 5].map((number) => `question ${number}`)),
  with_tools: () => ask(["first", "second"], everything),
  one_shot: async () => {
    const options = { pathToClaudeCodeExecutable: claude, ...everything };
    for await (const message of query({ prompt: "the only question", options })) saw(message);
  },
  interrupted: () =>
    ask(["first", "second"], { allowedTools: ["Bash"] }, async (message, asked) => {
      if (message.type !== "assistant" || !message.message.content.some((block) => block.type === "tool_use")) return;
      await asked.interrupt();
      tell("interrupted");
    }),
  settings: async () => {
    await ask(["first", "second", "third"], {}, async (message, asked, said) => {
      if (message.type === "result" && said === 2) await asked.setModel("opus");
    });
  },
};

await programs[name]();
