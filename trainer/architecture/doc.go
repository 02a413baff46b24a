// Package architecture says what families of decoder models consist of: the
// names and shapes of their tensors, and what the settings in their files mean.
//
// A family is a value, in a file of its own and in the registry of All. Config
// is one model of it: the sizes, from which Names and Shape follow.
//
//	c := architecture.Config{Architecture: architecture.Llama, Layers: 2, ...}
//	c.Names()                               // "model.embed_tokens.weight", ...
//	c.Name(architecture.Query, 1)           // "model.layers.1.self_attn.q_proj.weight"
//	c.Shape("model.layers.1.mlp.up_proj.weight") // [hidden, width]
//
// To add a family, write its value beside llama.go and list it in All. Package
// pretrained then reads its files, package adapter its adapters, and package
// trainer lays it out, tensor by tensor, by their roles; a role, a size or a
// setting that no family had before is added there, too.
//
// The package knows no file formats and nothing of training.
package architecture
