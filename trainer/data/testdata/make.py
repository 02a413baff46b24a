"""Make the golden files of rows: the same few rows as the libraries write them that people have them from.

    pip install pandas==3.1.1 pyarrow==26.0.1
    python make.py            # writes beside this file

rows.jsonl holds the rows of rows.* as Python's json writes them; likewise chat.jsonl and tokens.jsonl. Each Parquet
file has one codec and one way to lay out its pages, so that together they go through what pyarrow writes.
"""

import json
import pathlib

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

HERE = pathlib.Path(__file__).parent

ROWS = [
    {"question": "What is 1 + 1?", "answer": "2", "id": 1},
    {"question": "Quote \"this\", please.", "answer": "\"this\", of course;\nover two lines", "id": 2},
    {"question": "Grüße, 世界 \U0001f600?", "answer": "Ja\t<b>&</b>", "id": 3},
    {"question": "Nothing?", "answer": "", "id": 4},
    {"question": " spaces ", "answer": " kept ", "id": 5},
]
CHAT = [
    {"messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello, \"you\""}]},
    {"messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Why?"}, {"role": "assistant", "content": "So."}]},
    {"messages": [{"role": "assistant", "content": "😀"}]},
]
TOKENS = [
    {"input_ids": [5, 6, 7], "labels": [-100, 6, 7]},
    {"input_ids": [], "labels": []},
    {"input_ids": [9], "labels": [9]},
    {"input_ids": list(range(40)), "labels": list(range(40))},
]


def lines(name, rows):
    text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    (HERE / name).write_text(text, encoding="utf-8", newline="\n")


lines("rows.jsonl", ROWS)
lines("chat.jsonl", CHAT)
lines("tokens.jsonl", TOKENS)

frame = pd.DataFrame(ROWS)
frame.to_csv(HERE / "rows.csv", index=False)
frame.to_csv(HERE / "rows-index.csv", encoding="utf-8-sig", lineterminator="\r\n")  # with pandas' unnamed index
frame.to_csv(HERE / "rows.tsv", index=False, sep="\t")
frame.to_csv(HERE / "rows.csv.gz", index=False, compression={"method": "gzip", "mtime": 1})
frame.to_json(HERE / "rows.json", orient="records", force_ascii=True)
frame.to_json(HERE / "rows.jsonl.gz", orient="records", lines=True, compression={"method": "gzip", "mtime": 1})
frame.to_parquet(HERE / "rows.parquet")

chat = pa.Table.from_pylist(CHAT)
pq.write_table(chat, HERE / "chat.parquet", compression="zstd", row_group_size=2)
pd.DataFrame({"messages": [json.dumps(row["messages"]) for row in CHAT]}).to_csv(HERE / "chat.csv", index=False)
pq.write_table(
    pa.table({"messages": [json.dumps(row["messages"]) for row in CHAT]}), HERE / "chat-json.parquet", compression="none"
)

narrow = pa.schema({"input_ids": pa.list_(pa.int32()), "labels": pa.large_list(pa.int64())})
pq.write_table(
    pa.Table.from_pylist(TOKENS, schema=narrow), HERE / "tokens.parquet", compression="gzip", data_page_version="2.0",
    use_dictionary=False, column_encoding="DELTA_BINARY_PACKED",
)  # fmt: skip
pq.write_table(
    pa.Table.from_pylist(TOKENS), HERE / "tokens-old.parquet", version="1.0", use_compliant_nested_type=False,
    compression="brotli", data_page_size=16,
)  # fmt: skip

# What rows have beside what is read: nulls, nested structs and lists, times, bytes that are no text.
pq.write_table(
    pa.table({
        "text": pa.array(["a", "b", "c"]),
        "meta": pa.array([{"tags": ["x", None], "n": 1}, None, {"tags": [], "n": None}]),
        "grid": pa.array([[[1, 2], []], None, [[3]]]),
        "when": pa.array([0, None, 1], pa.timestamp("us")),
        "image": pa.array([b"\xff\xfe", None, b""]),
        "score": pa.array([0.5, float("nan"), None], pa.float32()),
    }),
    HERE / "extra.parquet",
)  # fmt: skip
lines("extra.jsonl", [{"text": text} for text in "abc"])
