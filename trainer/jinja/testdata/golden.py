"""What jinja2 3.1.6, as transformers 5.24.0 sets it up, makes of small templates of our own.

    python golden.py > golden.json
"""

import json

import jinja2
import transformers
from oracle import chat_template_utils

VALUES = {
    "none": None, "yes": True, "no": False, "n": 7, "m": -3, "f": 2.5, "big": 1e16, "small": 1e-5, "tiny": 0.0001, "zero": 0,
    "s": "Hello World", "empty": "", "space": "  a b\tc \n", "u": "ß ſ İ Σας ΣΑΣ ǆ é 日本 😀", "q": "it's \"x\" \\ \n \x00 \u00a0 \u2028",
    "list": [3, 1, 2], "words": ["b", "A", "c", "a"], "mixed": [1, "a", None, True, 2.0, [1], {"k": "v"}], "nothing": [],
    "d": {"b": 1, "a": {"c": [1, 2, {"x": "y"}]}, "items": "own", "Z": None}, "blank": {},
    "people": [{"name": "Ann", "age": 31, "tags": ["x"]}, {"name": "bob", "age": 25}, {"name": "Cy", "age": 31, "tags": []}],
    "cr": "a\r\nb\rc\x0bd\x1ce\u0085f\u2028g\n",
}

EXPRESSIONS = """
none | yes | no | n | f | big | small | tiny | 1e15 | 123456789.125 | 1.0 | -0.5 | 10 ** 3 | 2 ** -1 | 7 // 2 | -7 // 2 | -7 % 3 | 7 % -3 | 7 / 2 | 7.5 // 2
1_000 | 0x1f | 0o17 | 0b11 | 00 | 1.5e3 | 1e-7 | n + 1 | n - m | n * f | n + yes | -n | +n | - 2 ** 2 | 2 ** 3 ** 2 | 1 + 2 * 3 ~ 4 | "a" ~ 1 ~ none ~ yes ~ missing
"a" + "b" | "a" * 3 | 3 * "ab" | [1] + [2] | [0] * 3 | (1, 2) + (3,) | (1,) | () | [] | {} | {"a": 1, 2: "b", none: [1, 2]} | [1, "a", none, yes, 1.5]
"a" + 1 | 1 + "a" | none + 1 | missing + 1 | 1 / 0 | 1 % 0 | "a" - 1 | [] + () | {} + {} | "x" "y" 'z' | "tab\\tnew\\nq\\"u\\u00e9\\x41\\101\\q"
1 == 1.0 | 1 == yes | "a" == "a" | [1] == [1.0] | {"a": 1} == {"a": 1.0} | none == no | missing == missing2 | missing == none | 1 < 2 < 3 | 1 < 3 < 2 | "a" < "b" | "B" < "a" | [1, 2] < [1, 3] | 1 < "a" | none < 1 | 1 != 2 | not 1 == 2
"a" in "abc" | 1 in list | "b" in d | "x" not in d | 1 in "abc" | 1 in missing | "a" in none | [1] in [[1]] | 1 in (1, 2)
yes and "x" | no or "y" | none or empty or 0 | not none | (yes if no else "z") | ("only" if no) | (1 if yes) | (1 if no else 2) + 1
s[0] | s[-1] | s[99] | s[1:4] | s[::-1] | s[:-2] | s[-3:] | s[::2] | s[4:1:-1] | s[100:] | list[0] | list[-1] | list[9] | list[1:] | list[::-1] | list[::0] | u[0] | u[-1] | u[3:6] | list["x"] | none[0] | missing[0] | n[0]
d.b | d["b"] | d.items() | d["items"] | d.a.c[2].x | d.missing | d.missing.x | d["missing"] | d.Z | d.get("b") | d.get("q") | d.get("q", 5) | d.keys() | d.values() | list.0 | d.items | s.upper | missing.x | none.x | n.x
d.keys() | list | d.items() | list | d.items() | length | d | length | s | length | missing | length | none | length | n | length | u | length
s.upper() | s.lower() | u.upper() | u.lower() | u.title() | u.capitalize() | s.title() | "they're bill's".title() | s.split() | space.split() | space.split(none, 1) | s.split("o") | s.split("o", 1) | s.rsplit("o", 1) | s.split("") | cr.splitlines() | s.replace("o", "0") | s.replace("o", "0", 1) | "abc".replace("", "-")
space.strip() | space.lstrip() | space.rstrip() | s.strip("Hd") | s.startswith("He") | s.startswith(("x", "He")) | s.endswith("ld") | s.find("o") | s.rfind("o") | s.find("z") | s.count("o") | "-".join(words) | "-".join(list) | "12".isdigit() | "".isdigit() | "ab".isalpha() | " ".isspace() | "aB".isupper() | "AB".isupper() | "ab1".isalnum() | s.removeprefix("Hello ") | s.removesuffix("ld") | s.nosuch() | s.upper(1)
list | sort | words | sort | words | sort(reverse=true) | words | sort(case_sensitive=true) | people | sort(attribute="age") | map(attribute="name") | list | mixed | sort | list | first | list | last | nothing | first | nothing | last | list | max | list | min | list | sum | people | sum(attribute="age") | words | join | words | join(", ") | people | join("-", attribute="name") | list | reverse | list | s | reverse | words | unique | list
people | selectattr("tags") | map(attribute="name") | list | people | rejectattr("tags") | list | length | people | selectattr("age", "equalto", 31) | map(attribute="name") | join(",") | list | select("odd") | list | list | reject("gt", 1) | list | mixed | select("string") | list | none | map("upper") | list | words | map("upper") | list | words | map("replace", "a", "x") | list | people | map(attribute="tags", default="none") | list | people | map(attribute="tags.0") | list | list | map | list | n | map("upper") | list
missing | default("x") | none | default("x") | empty | default("x", true) | missing | d | n | default(1) | s | trim | space | trim | space | trim(" ") | s | length | u | capitalize | u | upper | "foo-bar (baz) x" | title | s | replace("o", "0") | n | string | none | string | n | abs | m | abs | f | int | "12" | int | "x" | int | "x" | int(5) | "3.7" | int | none | int | "1.5" | float | "x" | float(2.0) | f | round | 2.675 | round(2) | 2.1 | round(1, "ceil") | n | round | 2.5 | round
d | dictsort | d.a | items | list | missing | items | list | n | items | list | words | list | s | list | "a\\nb\\n\\nc" | indent | "a\\nb" | indent(2, true) | "a\\n\\nb" | indent(2, blank=true) | "a" | indent("--", true) | "%s is %d" | format("x", 3) | "%s-%s" % ("a", 1) | "%d%%" % 5 | "%s" % none | "%s" | format
d | tojson | mixed | tojson | q | tojson | u | tojson | u | tojson(ensure_ascii=true) | d | tojson(indent=2) | blank | tojson(indent=2) | list | tojson(indent=4) | d | tojson(sort_keys=true) | d | tojson(separators=(",", ":")) | missing | tojson | f | tojson | big | tojson | (1, 2) | tojson | d.keys() | tojson | d | tojson | length | d | tojson(0)
q | string | [q] | string | [u] | string | ["a'b", 'c"d', "e'f\\"g"] | string | {"k": (1,)} | string
s | safe | ("<" | safe) + "<" | "<" + ("<" | safe) | ("<&>" | escape) ~ "<" | ("a" | safe) | length | ("a" | safe) is string
missing is defined | n is defined | missing is undefined | none is none | no is false | yes is true | 1 is true | n is number | yes is number | yes is integer | n is integer | f is float | s is string | d is mapping | list is mapping | list is sequence | s is sequence | d is sequence | missing is sequence | d.items() is sequence | n is iterable | s is iterable | missing is iterable | n is odd | n is even | n is divisibleby 7 | n is divisibleby(2) | n is not odd | "a" is in "abc" | 2 is in list | s is lower | "a" is lower | "A" is upper | s is eq s | n is gt 3 | n is ge(7) | range is callable | s is callable | d is not none and n is defined | n is odd or no | "upper" is filter | "nosuch" is filter | s is nosuch | s | nosuch
range(3) | list | range(1, 10, 3) | list | range(3, 0, -1) | list | range(5) | length | range(3)[1] | range(0) | list | range(200000) | length | dict(a=1, b=2) | dict({"x": 1}, y=2) | namespace(a=1).a | namespace(a=1).b | raise_exception("no") | strftime_now("%d %b %Y") | strftime_now("%Y-%m-%d %H:%M:%S %A %B %j %y %p %I") | nosuch(1) | s(1)
[1, 2,] | {"a": 1,} | (1, 2,) | [[1, [2]], {}] | d.a["c"][0] | (list | sort)[0] | -list[0] | -n | abs | not yes | string | {"a": 1}.a | "x".upper() | [3, 1] | sort | first
""".strip()

TEMPLATES = [
    "a\n", "a\n\n", "\n", "", "a{{ n }}\nb", "{% if yes %}\n  x\n{% endif %}\ny", "  {% if yes %}  \n  x  \n  {% endif %}  \ny", "a  {%- if yes -%}  x  {%- endif -%}  b",
    "a {{- n -}} b", "a {{+ n }} b", "  {%+ if yes %}x{% endif %}", "{% if yes +%}\nx{% endif %}", "{# c #}\na{#- d -#} b {# e\nf #}\n  {# g #}\nh", "x{# a -#}  y", "\t{% set a = 1 %}\t\nb{{ a }}",
    "{% raw %}\n{{ n }} {% if %}{% endraw %}\nx", "  {%- raw -%}  {{ a }}  {%- endraw -%}  x", "{% for i in list %}\n{{ i }}\n{% endfor %}\n", "{{ '}}' }} {{ \"%}\" }} {{ {'a': {'b': 1}}['a'] }}", "a\r\nb\rc", "{{ 'a\r\nb' }}",
    "  {% for i in list -%}\n  {{ i }}\n  {%- endfor %}\nend", "{{ n }}\n\n{{ n }}\n", "{%if yes%}a{%elif no%}b{%else%}c{%endif%}", "{% if no %}a{% elif yes %}b{% else %}c{% endif %}", "{% if missing %}a{% endif %}b",
    "{% for i in list %}{{ loop.index }}{{ loop.index0 }}{{ loop.first }}{{ loop.last }}{{ loop.length }}{{ loop.revindex }}{{ loop.revindex0 }}{{ loop.previtem }}{{ loop.nextitem }} {% endfor %}",
    "{% for i in list if i > 1 %}{{ loop.index }}{{ loop.last }}{{ i }},{{ loop.length }} {% else %}none{% endfor %}", "{% for i in nothing %}x{% else %}none{% endfor %}", "{% for i in missing %}x{% else %}none{% endfor %}",
    "{% for i in none %}x{% endfor %}", "{% for i in n %}x{% endfor %}", "{% for c in 'aé' %}{{ c }}-{% endfor %}", "{% for k in d %}{{ k }}{% endfor %}", "{% for k, v in d.items() %}{{ k }}={{ v }};{% endfor %}", "{% for k, v in list %}x{% endfor %}",
    "{% for a, (b) in [[1, 2]] %}{{ a }}{{ b }}{% endfor %}", "{% for i in range(5) %}{% if i == 1 %}{% continue %}{% endif %}{% if i == 3 %}{% break %}{% endif %}{{ i }}{% endfor %}", "{% break %}",
    "{% for i in list recursive %}{{ i }}{% if i == 3 %}{{ loop([5, 6]) }}{% endif %}{{ loop.depth }}{% endfor %}", "{% for i in list %}{{ loop.cycle('a', 'b') }}{{ loop.changed(i > 1) }}{% endfor %}",
    "{% for i in list %}{% for j in words %}{{ loop.index }}{% endfor %}{{ loop.index }}{% endfor %}", "{% for i in list %}{% set x = i %}{% endfor %}{{ x }}", "{% set x = 0 %}{% for i in list %}{% set x = x + i %}{{ x }}{% endfor %}{{ x }}",
    "{% set ns = namespace(x=0) %}{% for i in list %}{% set ns.x = ns.x + i %}{% endfor %}{{ ns.x }}", "{% set ns = namespace() %}{% set ns._x = 1 %}", "{% set n.x = 1 %}", "{% set a, b = 1, 2 %}{{ a }}{{ b }}", "{% set a = 1, 2 %}{{ a }}",
    "{% set x %}a{{ n }}\n{% endset %}[{{ x }}]", "{% set x | upper | trim %} a {% endset %}[{{ x }}]", "{% if yes %}{% set y = 1 %}{% endif %}{{ y }}", "{% with a = 1, b = n %}{{ a }}{{ b }}{% endwith %}{{ a }}", "{% filter upper %}a{{ s }}{% endfilter %}",
    "{% macro m(a, b=2, c=a) %}{{ a }}{{ b }}{{ c }}{% endmacro %}{{ m(1) }} {{ m(1, 3) }} {{ m(b=4, a=5) }} {{ m() }}", "{% macro m(a) %}x{% endmacro %}{{ m(1, 2) }}", "{% macro m(a) %}x{% endmacro %}{{ m(z=2) }}", "{% macro m() %}{{ n }}{{ y }}{% endmacro %}{% set y = 9 %}{{ m() }}",
    "{% macro m(n) %}{% if n > 0 %}{{ n }}{{ m(n - 1) }}{% endif %}{% endmacro %}{{ m(5) }}", "{% macro m() %}[{{ caller() }}]{% endmacro %}{% call m() %}in{{ n }}{% endcall %}", "{% macro m() %}[{{ caller(3) }}]{% endmacro %}{% call(x) m() %}in{{ x }}{% endcall %}", "{% macro m() %} a {% endmacro %}[{{ m() | trim }}]", "{% macro m() %}{% set q2 = 1 %}{% endmacro %}{{ m() }}{{ q2 }}",
    "{% macro m(a) %}{{ m(a) }}{% endmacro %}{{ m(1) }}", "{% for i in list %}{% macro m() %}{{ i }}{% endmacro %}{{ m() }}{% endfor %}", "{% generation %}a{{ n }}{% endgeneration %}b", "{% for i in list %}x{% generation %}{{ i }}é{% endgeneration %}\n{% endfor %}", "{% generation %}{% set a = 1 %}{% endgeneration %}{{ a }}",
    "{{ n", "{% if yes %}", "{% endif %}", "{% nosuch %}", "{{ 1 + }}", "{{ (1 }}", "{{ ] }}", "{{ a b }}", "{% for in x %}{% endfor %}", "{{ 'a }}", "{# a", "{% set true = 1 %}", "{{ s | }}", "{% if yes %}a{% else %}b{% elif no %}c{% endif %}", "{{ }}", "{% raw %}a", "{{ $ }}", "{{ s is }}", "{{ m(a=1, 2) }}",
    "{% set n = 1 %}{{ n }}", "{{ list.append(1) }}", "{{ d.update({}) }}", "{{ d.pop('b') }}", "{{ ''.__class__.__mro__ }}", "{% set ns = namespace({'a': 1}) %}{{ ns.a }}{{ ns['a'] }}", "{{ loop }}", "{% for i in list %}{{ loop.index ~ '/' ~ loop.length }}{{ ', ' if not loop.last }}{% endfor %}",
    "{% for m in people %}{% if loop.index0 == 0 and m.name == 'Ann' %}{{ m['name'] + ':' }}{% elif m.tags is defined and m.tags %}T{% else %}{{ m.age }}{% endif %}{% endfor %}", "{% for p in people | selectattr('age', 'gt', 30) %}{{ loop.length }}{{ p.name }}{% endfor %}", "{% set it = words | map('upper') %}{{ it | list }}{{ it | list }}", "{% set it = words | map('upper') %}{{ it | first }}{{ it | join }}",
    "{% set x = 'a' %}{% if yes %}{% set x = 'b' %}{% endif %}{{ x }}", "{{- s }}\n{{- s -}}\n", "{% for x in [1,2,3] %}{% if x == 2 %}{% set ns2 = x %}{% endif %}{{ ns2 }}{% endfor %}", "{{ 'a' if n > 5 else 'b' if n > 3 else 'c' }}", "{% if n > 5 and (s == 'x' or not empty) and 'a' in words %}ok{% endif %}", "{{ [1, 2] | length > 1 }}", "{{ n | string + 'x' }}", "{{ -n | abs }}", "{{ 'x' ~ 1 + 2 }}", "{{ 1 ~ 2 * 3 }}",
]


# What is in the text of a value that only Python would print.
UNLIKE = [" at 0x", "<built-in", "dict_items(", "dict_keys(", "dict_values(", "range("]


def main():
    made = []
    for source, written in [(t, True) for t in TEMPLATES] + list(expressions()):
        case = {"template": source}
        try:
            compiled = chat_template_utils._cached_compile_jinja_template(source)
            text, spans = chat_template_utils._render_with_assistant_indices(compiled, [], None, None, False, **VALUES)
            case |= {"text": text} | ({"spans": spans} if spans else {})
        except Exception as e:
            case["error"] = type(e).__name__
            if not written and isinstance(e, jinja2.TemplateSyntaxError):
                continue  # no expression
        if not any(unlike in case.get("text", "") for unlike in UNLIKE):
            made.append(case)
    versions = {"jinja2": jinja2.__version__, "transformers": transformers.__version__}
    print(json.dumps({"versions": versions, "values": VALUES, "cases": []})[:-2] + "\n" + ",\n".join(map(json.dumps, made)) + "]}")


def expressions():
    """The expressions, between bars, as templates. As some have bars themselves, up to three neighbours are tried as one."""
    for line in EXPRESSIONS.splitlines():
        pieces = line.split(" | ")
        for i in range(len(pieces)):
            for j in range(i + 1, min(i + 3, len(pieces)) + 1):
                yield "{{ " + " | ".join(pieces[i:j]) + " }}", j == i + 1


if __name__ == "__main__":
    main()
