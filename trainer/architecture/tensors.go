package architecture

import (
	"maps"
	"slices"
)

// What the tables of families are made of.

func attentionBias(c *Config) bool { return c.AttentionBias }
func mlpBias(c *Config) bool       { return c.MLPBias }

func embedding() Tensor {
	return Tensor{Role: Embedding, Name: "model.embed_tokens.weight", GGUF: "token_embd.weight", Shape: []Size{Vocab, Width}}
}

func finalNorm() Tensor { return norm(FinalNorm, "model.norm", "output_norm", Width) }

func head() Tensor {
	return Tensor{Role: Head, Name: "lm_head.weight", GGUF: "output.weight", Shape: []Size{Vocab, Width}}
}

func norm(role Role, name, gguf string, width Size) Tensor {
	return Tensor{Role: role, Name: name + ".weight", GGUF: gguf + ".weight", Shape: []Size{width}}
}

func matrix(role Role, name, gguf string, out, in Size) Tensor {
	return Tensor{Role: role, Name: name + ".weight", GGUF: gguf + ".weight", Shape: []Size{out, in}}
}

func bias(role Role, name, gguf string, width Size, has func(*Config) bool) Tensor {
	return Tensor{Role: role, Name: name + ".bias", GGUF: gguf + ".bias", Shape: []Size{width}, If: has}
}

// attention is the four projections of a block, with biases where in and out say so.
func attention(in, out func(*Config) bool) []Tensor {
	return []Tensor{
		matrix(Query, "self_attn.q_proj", "attn_q", Queries, Width),
		bias(QueryBias, "self_attn.q_proj", "attn_q", Queries, in),
		matrix(Key, "self_attn.k_proj", "attn_k", KeyWidth, Width),
		bias(KeyBias, "self_attn.k_proj", "attn_k", KeyWidth, in),
		matrix(Value, "self_attn.v_proj", "attn_v", KeyWidth, Width),
		bias(ValueBias, "self_attn.v_proj", "attn_v", KeyWidth, in),
		matrix(Output, "self_attn.o_proj", "attn_output", Width, Queries),
		bias(OutputBias, "self_attn.o_proj", "attn_output", Width, out),
	}
}

// headNorms are the norms of queries and keys, of so many elements each.
func headNorms(queries, keys Size) []Tensor {
	return []Tensor{
		norm(QueryNorm, "self_attn.q_norm", "attn_q_norm", queries),
		norm(KeyNorm, "self_attn.k_norm", "attn_k_norm", keys),
	}
}

// gated is an MLP with a gate.
func gated() []Tensor {
	return []Tensor{
		matrix(Gate, "mlp.gate_proj", "ffn_gate", Hidden, Width),
		bias(GateBias, "mlp.gate_proj", "ffn_gate", Hidden, mlpBias),
		matrix(Up, "mlp.up_proj", "ffn_up", Hidden, Width),
		bias(UpBias, "mlp.up_proj", "ffn_up", Hidden, mlpBias),
		matrix(Down, "mlp.down_proj", "ffn_down", Width, Hidden),
		bias(DownBias, "mlp.down_proj", "ffn_down", Width, mlpBias),
	}
}

// plainNorms are a norm before attention and one before the MLP, by Llama's names.
func plainNorms() (attention, mlp Tensor) {
	return norm(AttentionNorm, "input_layernorm", "attn_norm", Width),
		norm(MLPNorm, "post_attention_layernorm", "ffn_norm", Width)
}

// interleaved marks the queries and keys of a family whose GGUF files have them in
// llama.cpp's rotary order.
func interleaved(block []Tensor) []Tensor {
	for i := range block {
		switch block[i].Role {
		case Query, Key, QueryBias, KeyBias:
			block[i].Interleaved = true
		}
	}
	return block
}

// plainBlock is Llama's: a norm, attention, a norm, an MLP.
func plainBlock(attention []Tensor) []Tensor {
	first, second := plainNorms()
	return slices.Concat([]Tensor{first}, attention, []Tensor{second}, gated())
}

// settings joins lists of defaults; a later one replaces an earlier one.
func settings(lists ...map[string]string) map[string]string {
	all := map[string]string{}
	for _, list := range lists {
		maps.Copy(all, list)
	}
	return all
}
