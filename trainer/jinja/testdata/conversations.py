"""Conversations for the checks of chat templates; a template may refuse any of them."""

TOOL = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "The weather of a place, \"now\" & <here>.",
        "parameters": {
            "type": "object",
            "properties": {
                "place": {"type": "string", "description": "A city, such as Zürich"},
                "unit": {"type": "string", "enum": ["celsius", "fahrenheit"], "description": "The unit"},
                "days": {"type": ["integer", "null"], "description": "How many", "default": 3, "nullable": True},
                "where": {"type": "object", "properties": {"x": {"type": "number"}}, "required": ["x"]},
                "tags": {"type": "array", "items": {"type": "string"}},
            },
            "required": ["place"],
        },
        "return": {"type": "string", "description": "Words"},
    },
}
BARE = {"type": "function", "function": {"name": "noop", "description": "", "parameters": {"type": "object", "properties": {}}}}

LONDON = {"type": "function", "function": {"name": "get_weather", "arguments": {"place": "London", "days": 2, "dry": True, "k": None, "x": 1.5, "tags": ["a", "b'c"]}}}


def user(text):
    return {"role": "user", "content": text}


def said(text, **more):
    return {"role": "assistant", "content": text, **more}


def system(text):
    return {"role": "system", "content": text}


def parts(role, *texts):
    return {"role": role, "content": [{"type": "text", "text": t} for t in texts]}


def called(call, number=None, **more):
    if number is not None:
        call = {"id": number, **call}
    return {"role": "assistant", **more, "tool_calls": [call]}


def result(text, **more):
    return {"role": "tool", "content": text, **more}


ID = "abcdef123"

CASES = {
    "one turn": {"messages": [user("Hello"), said("Hi there")]},
    "system": {"messages": [system("Be brief."), user("Hello"), said("Hi there")]},
    "two turns": {"messages": [user("a"), said("b"), user("c"), said("d")]},
    "three turns with system": {"messages": [system("s"), user("a"), said("b"), user("c"), said("d"), user("e"), said("f")]},
    "prompt alone": {"messages": [user("Hello")]},
    "ends with user": {"messages": [user("a"), said("b"), user("c")]},
    "white space": {"messages": [system("  s \n"), user("\n a \t"), said("  b  \n\n"), user(" "), said("d ")]},
    "empty": {"messages": [system(""), user(""), said("")]},
    "unicode": {"messages": [user("Grüße 😀 \u0301 \u2028 \u00a0"), said("日本語 \u00a0x\u3000")]},
    "special characters": {"messages": [user("<b>&amp; 'quotes' \"double\" \\n {{ x }} {% y %}"), said("`code`\r\nline\x0bv\x1cs")]},
    "special tokens in content": {"messages": [user("a<|im_end|><s></s><|eot_id|>"), said("b<end_of_turn>[/INST]")]},
    "parts": {"messages": [parts("system", "s"), parts("user", "a", " b"), parts("assistant", "c")]},
    "parts of users": {"messages": [parts("user", " a", "b "), said("c")]},
    "tools unused": {"messages": [system("s"), user("a"), said("b")], "tools": [TOOL]},
    "two tools": {"messages": [user("a"), said("b"), user("c"), said("d")], "tools": [TOOL, BARE]},
    "tool call": {"messages": [user("w?"), called(LONDON, ID), result("rain", name="get_weather", tool_call_id=ID), said("It rains.")], "tools": [TOOL]},
    "tool call with content": {"messages": [system("s"), user("w?"), called(LONDON, ID, content="Let me look."), result('{"t": 3}', name="get_weather", tool_call_id=ID), said("3 degrees."), user("thanks"), said("bye")], "tools": [TOOL, BARE]},
    "tool call with empty content": {"messages": [user("w?"), called(LONDON, ID, content=""), result("rain", name="get_weather", tool_call_id=ID), said("It rains.")], "tools": [TOOL]},
    "tool call with no content": {"messages": [user("w?"), called(LONDON, ID, content=None), result("rain", name="get_weather", tool_call_id=ID), said("It rains.")], "tools": [TOOL]},
    "tool call of text": {"messages": [user("w?"), called({"type": "function", "function": {"name": "f", "arguments": "{\"a\": \"ü\"}"}}, ID), result("r", name="f", tool_call_id=ID), said("x")], "tools": [TOOL]},
    "tool call without id": {"messages": [user("w?"), called(LONDON), result("rain", name="get_weather"), said("It rains.")], "tools": [TOOL]},
    "two tool calls": {"messages": [user("w?"), {"role": "assistant", "tool_calls": [{"id": ID, **LONDON}, {"id": "ABCDEF124", "type": "function", "function": {"name": "noop", "arguments": {}}}]}, result("rain", name="get_weather", tool_call_id=ID), result("none", name="noop", tool_call_id="ABCDEF124"), said("done")], "tools": [TOOL, BARE]},
    "tool results as parts": {"messages": [user("w?"), called(LONDON, ID), {**parts("tool", "ra", "in"), "name": "get_weather", "tool_call_id": ID}, said("It rains.")], "tools": [TOOL]},
    "thinking": {"messages": [user("a"), said("<think>\nhm\n</think>\n\nb"), user("c"), said("<think>\nho\n</think>\n\nd")]},
    "reasoning_content": {"messages": [user("a"), said("b", reasoning_content="hm"), user("c"), said("d", reasoning_content="\nho\n")]},
    "reasoning": {"messages": [user("a"), said("b", reasoning="hm")]},
    "developer": {"messages": [{"role": "developer", "content": "dev"}, user("a"), said("b")]},
    "other role": {"messages": [{"role": "critic", "content": "x"}, user("a"), said("b")]},
    "assistant first": {"messages": [said("b"), user("a"), said("c")]},
    "two users": {"messages": [user("a"), user("b"), said("c")]},
    "two assistants": {"messages": [user("a"), said("b"), said("c")]},
    "system in the middle": {"messages": [user("a"), said("b"), system("s"), user("c"), said("d")]},
    "documents": {"messages": [user("a"), said("b")], "documents": [{"title": "T", "text": "x y"}, {"title": "U", "text": "z"}]},
    "no thinking": {"messages": [user("a"), said("b"), user("c")], "enable_thinking": False},
}
