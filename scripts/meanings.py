"""What the generated tables say about each setting and each kind of stop. A missing one fails the tests."""

from __future__ import annotations

from claude_fallback.limits.limit import Kind

SETTINGS = {
    "auto-fallback": "`off`: never switch by itself; `connect` still works. `ask`: an interactive session"
    " asks first, a print run stays with claude",
    "auto-fallback-on-rate-limit": "switch at a usage limit",
    "auto-fallback-on-error": "switch also when Anthropic is overloaded or fails (5xx)",
    "model": "the gateway's model for every claude model that no mapping names",
    "endpoint": "your own gateway's address; none: the private LiteLLM"
    " (`http://localhost:4000` if a key for it is in the environment)",
    "auto-disconnect-hours": "how long runs stay on the gateway when no reset time is known",
    "max-switches": "switches of one print run, and of one prompt in a session; 0: none. A"
    " `fallback-chain` of three takes three",
    "gateway-timeout-minutes": "how long a print run waits on a gateway, and the private LiteLLM on a"
    " provider, without any sign of an answer ([what counts](docs/gateway.md#a-gateway-that-hangs))."
    " 0: for ever",
    "return-when": "`idle`: after the reset a session on the gateway goes back to native when nothing is"
    " being done or typed; `exit`: only the next one is native",
    "return-idle-minutes": "how long nothing must have been done or typed for that",
    "model-mappings": "claude's model to the gateway's; change with `config set add-model-mapping A:B`"
    " and `remove-model-mapping A`",
    "api-key-env": "the name of the variable that holds your gateway's key; never the key itself",
    "api-key-file": "a file that holds the key, readable by you alone; the variable beats it",
    "api-key-command": "a command that prints the key, such as `pass show litellm`; run without a shell",
    "fallback-chain": "[gateways in order](docs/adapters.md), such as `openrouter,litellm`; none: LiteLLM",
    "gateway-config": "a LiteLLM `config.yaml` of your own for the private LiteLLM",
    "verify-new-releases": "put a claude through the drill in the background when it is first seen",
    "use-anthropic-key": "let the private LiteLLM use `ANTHROPIC_API_KEY`: pay as you go, billed by"
    " Anthropic",
    "idle-stop-hours": "the private LiteLLM ends after so long without a request or a run on the gateway;"
    " the next run that needs it starts it again. 0: never",
    "claude-path": "the claude to start; none: the first on PATH that is not claude-fallback",
    "forward-custom-headers": "let `ANTHROPIC_CUSTOM_HEADERS` go to the gateway",
    "cost-tracking": "keep the tokens and the cost of what gateways do, for `usage`",
    "native-claude-cost": "USD, as an older file has it; not counted: nothing looks at native runs",
    "litellm-cost": "USD that the private LiteLLM is known to have cost since `config set reset-costs`;"
    " what has no known price is not in it",
    "performance-metrics": "`off`: keep neither of the next two",
    "track-latency": "keep how long answers take, for `usage`",
    "track-quality": "keep whether requests and runs were answered or failed, for `usage`",
}

KINDS = {
    Kind.PLAN: "the plan's window is used up: 5 hours, a week, a model's own",
    Kind.SPEND: "a spend cap is reached: yours, your organisation's, a gateway's",
    Kind.CREDITS: "prepaid or usage credits are used up",
    Kind.THROTTLE: "too many requests, and claude's own retries did not help (429)",
    Kind.OVERLOAD: "Anthropic is overloaded (529)",
    Kind.ENTITLEMENT: "this plan or seat does not include it",
    Kind.SERVER: "Anthropic fails (another 5xx)",
    Kind.LOGIN: "not signed in, or the key is not accepted",
    Kind.CONTEXT: "the conversation does not fit the model",
    Kind.TURNS: "the run's own cap: `--max-turns`, `--max-budget-usd`",
    Kind.UNKNOWN: "an error that has no name yet",
}

RESETS = {"epoch": "as epoch seconds", "time": "as a time", "maybe": "sometimes", "none": "no"}

PLACES = {
    "all": "everywhere",
    "TUI": "interactive sessions",
    "text": "text output",
    "stderr": "stderr",
    "model": "the model's own answers",
    "tool result": "tool results",
    "JSON": "JSON, stream-json",
}
