// Package tensorfile reads and writes files of tensors, safetensors and GGUF,
// and the files that lie beside them in a folder.
//
// It knows containers and number formats, and nothing of what a model makes of
// the tensors. ReadSafetensors and ReadGGUF return where each Tensor lies; its
// Read decodes it to float32, row-major, innermost dimension last.
//
//	f, err := tensorfile.OpenFile(regular.Folder(dir), "model.safetensors", path)
//	tensors, err := tensorfile.ReadSafetensors(f)
//	weights, err := tensors["lm_head.weight"].Read()
//
// No number found in a file sizes an allocation before it has been held against
// the file's length. A new number format is an entry of ggufformat.go.
package tensorfile
