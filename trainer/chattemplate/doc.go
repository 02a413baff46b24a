// Package chattemplate renders conversations with the chat template of a checkpoint,
// as apply_chat_template of Hugging Face transformers does, and finds in the text what
// the assistant says.
//
//	t, err := chattemplate.New(name, sources, tokens, special)
//	text, said, err := t.Render(conversation, chattemplate.Loss{})
//
// A conversation is JSON, {"messages": [...]} with what else the template reads, such
// as "tools". A message may have any keys; those that are null are left out, and the
// reasoning of a message has the names that transformers gives it.
//
// What the assistant says is what stands in the template's {% generation %}. Most
// templates have none; see mark.go for how it is found then. The date that a template
// asks for is Date, on whatever day it is rendered, so that a curve depends on no day.
package chattemplate
