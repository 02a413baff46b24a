package llama
import ("testing";"encoding/json";"time";"runtime";"fmt";"strings")
func TestZZ(t *testing.T){
 L := byteLetters()
 vocab := map[string]int32{}; var list []string
 add := func(s string){ vocab[s]=int32(len(vocab)); list=append(list,s) }
 for _, l := range L { add(string(l)) }
 var merges []string
 for _, a := range L { for _, b := range L { add(string(a)+string(b)); merges=append(merges, string(a)+" "+string(b)) } }
 for i:=0; i<196000; i++ { a,b,c := L[i>>16&255], L[i>>8&255], L[i&255]; s:=string(a)+string(b)+string(c); add(s); merges=append(merges, string(a)+string(b)+" "+string(c), string(a)+" "+string(b)+string(c)) }
 var added []map[string]any
 for i:=0;i<256;i++ { added=append(added, map[string]any{"id":len(list)+i,"content":fmt.Sprintf("<|reserved_%d|>",i)}) }
 j := map[string]any{"pre_tokenizer":map[string]any{"type":"ByteLevel"},"added_tokens":added,"model":map[string]any{"type":"BPE","vocab":vocab,"merges":merges}}
 data,_ := json.Marshal(j)
 var a,b runtime.MemStats; runtime.ReadMemStats(&a)
 s:=time.Now(); tk,err:=parseTokenizer(data); d:=time.Since(s); runtime.ReadMemStats(&b)
 if err!=nil {t.Fatal(err)}
 t.Log(len(data)>>20,"MB json", len(vocab), len(merges), tk.Size(), d, (b.TotalAlloc-a.TotalAlloc)>>20,"MB")
 g := tinyGGUF(ggufPair("tokenizer.ggml.model","gpt2"),ggufPair("tokenizer.ggml.pre","smollm"),ggufPair("tokenizer.ggml.tokens",list),ggufPair("tokenizer.ggml.merges",merges))
 s=time.Now(); c,err:=opened(openGGUF(fileOf("x.gguf",g))); if err!=nil {t.Fatal(err)}
 c.Config.Vocab=300000
 t.Log("gguf open", time.Since(s)); s=time.Now(); _,err=c.Tokenizer(); t.Log("gguf tokenizer", time.Since(s), err)
 text := strings.Repeat("hello <|reserved_5|> world ", 40000)
 s=time.Now(); ids,err:=tk.Encode(text); t.Log("encode 1MB", time.Since(s), len(ids), err)
 // 1e6 keys header
 var h strings.Builder
 for i:=0;i<1000000;i++ { fmt.Fprintf(&h, `,"t%d":{"dtype":"F32","shape":[1],"data_offsets":[%d,%d]}`, i,4*i,4*i+4) }
 s=time.Now(); _,err=readSafetensors(fileOf("x",safetensorsOf("{"+h.String()[1:]+"}",4000000))); t.Log("1e6 keys", time.Since(s), err)
 s=time.Now(); err = skip100(); t.Log("metadata", time.Since(s), err)
}
func skip100() error { var h strings.Builder; for i:=0;i<2000000;i++ { fmt.Fprintf(&h, `,"t%d":""`, i) }
 runtime.GC(); var a,b runtime.MemStats; runtime.ReadMemStats(&a)
 _,err:=readSafetensors(fileOf("x",safetensorsOf(`{"__metadata__":{`+h.String()[1:]+"}}",0))); runtime.ReadMemStats(&b); return fmt.Errorf("%v %d MB of %d", err, (b.TotalAlloc-a.TotalAlloc)>>20, h.Len()>>20) }
