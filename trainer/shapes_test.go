package trainer

import (
	"sweep/trainer/architecture"
)

// shapes are models that differ in what the stages must get right.
var shapes = map[string]architecture.Config{
	"grouped queries, untied": {
		Architecture: architecture.Llama,
		Vocab:        50, Width: 24, Hidden: 40, Layers: 2, Heads: 4, KVHeads: 2, HeadDim: 8, MaxPositions: 64,
		NormEps: 1e-5, Rope: architecture.Rope{Theta: 1e4, Type: "default"}, BOS: -1, EOS: -1, Pad: -1,
	},
	"one key head, tied, llama3 rope": {
		Architecture: architecture.Llama,
		Vocab:        37, Width: 36, Hidden: 48, Layers: 2, Heads: 3, KVHeads: 1, HeadDim: 16, MaxPositions: 64, Tied: true,
		NormEps: 1e-6, BOS: -1, EOS: -1, Pad: -1,
		Rope: architecture.Rope{Theta: 5e5, Type: "llama3", Factor: 8, LowFreq: 1, HighFreq: 4, OriginalPositions: 32},
	},
	"llama, biases":                    family("llama", func(c *architecture.Config) { c.AttentionBias, c.MLPBias, c.Tied = true, true, true }),
	"mistral, a window":                family("mistral", func(c *architecture.Config) { c.Window, c.Windowed = 5, each(true, true) }),
	"ministral, a window in one layer": family("ministral", func(c *architecture.Config) { c.Window, c.Windowed = 17, each(true, false) }),
	"qwen2":                            family("qwen2", func(c *architecture.Config) { c.Rope = yarn() }),
	"qwen3":                            family("qwen3", func(c *architecture.Config) { c.Tied = true }),
	"gemma":                            family("gemma", func(c *architecture.Config) { c.Tied, c.EmbeddingScale = true, 4 }),
	"gemma2": family("gemma2", func(c *architecture.Config) {
		c.Tied, c.EmbeddingScale, c.AttentionScale, c.AttentionCap, c.LogitCap = true, 4, 0.25, 2, 3
		c.Window, c.Windowed = 4, each(true, false)
	}),
	"gemma3": family("gemma3_text", func(c *architecture.Config) {
		c.Tied, c.EmbeddingScale, c.Window, c.Windowed = true, 4, 4, each(true, false)
		c.LocalRope = &architecture.Rope{Theta: 50, Type: "default"}
	}),
	"phi3, longrope": family("phi3", func(c *architecture.Config) {
		c.Width = 32 // of which transformers takes the head_dim
		c.Rope = architecture.Rope{
			Theta: 100, Type: "longrope", Partial: 0.5, Short: []float64{1, 1.5}, Long: []float64{2, 4}, OriginalPositions: 16, Scale: 1.2,
		}
	}),
	"olmo, clipped": family("olmo", func(c *architecture.Config) { c.ClipQKV = 0.7 }),
	"olmo2":         family("olmo2", func(*architecture.Config) {}),
	"olmo3, a window": family("olmo3", func(c *architecture.Config) {
		c.Window, c.Windowed = 5, each(true, false)
		r := c.Rope
		c.LocalRope, c.Rope = &r, yarn()
	}),
	"granite": family("granite", func(c *architecture.Config) {
		c.EmbeddingScale, c.ResidualScale, c.LogitScale, c.AttentionScale = 3, 0.4, 0.5, 0.2
	}),
	"smollm3, a layer without rope": family("smollm3", func(c *architecture.Config) { c.Unturned = each(false, true) }),
	"cohere":                        family("cohere", func(c *architecture.Config) { c.Tied, c.LogitScale = true, 0.25 }),
	"cohere2": family("cohere2", func(c *architecture.Config) {
		c.Tied, c.LogitScale, c.Window, c.Windowed, c.Unturned = true, 0.25, 5, each(true, false), each(false, true)
	}),
}

func each(layers ...bool) []bool { return layers }

func yarn() architecture.Rope {
	return architecture.Rope{Theta: 1e4, Type: "yarn", Factor: 4, OriginalPositions: 16, BetaFast: 32, BetaSlow: 1, Scale: 1.1}
}

// family is a small model of a family.
func family(name string, change func(*architecture.Config)) architecture.Config {
	c := architecture.Config{
		Architecture: name,
		Vocab:        30, Width: 16, Hidden: 20, Layers: 2, Heads: 4, KVHeads: 2, HeadDim: 8, MaxPositions: 64,
		NormEps: 1e-5, Rope: architecture.Rope{Theta: 100, Type: "default"}, BOS: -1, EOS: -1, Pad: -1,
	}
	change(&c)
	return c
}
