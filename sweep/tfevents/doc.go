// Package tfevents reads and writes the event files of TensorBoard: scalars by step, texts
// and the hyperparameters of a run.
//
//	r := tfevents.NewReader(f)
//	for {
//		event, err := r.Next() // io.EOF at the end, ErrCutOff where a record is not whole
//		...
//	}
//
//	w, err := tfevents.NewWriter(f, time.Now())
//	err = w.Settings(map[string]any{"lr": 1e-3}, time.Now())
//	err = w.Scalars(step, time.Now(), tfevents.Scalar{Tag: "train/loss", Value: 2.5})
//
// A file is records, each with its length and checksums; a record is a tensorflow.Event
// in the wire format of protocol buffers, of which the package knows the few fields that
// it needs (tensorflow/core/util/event.proto, framework/summary.proto and tensor.proto;
// tensorboard/plugins/hparams/plugin_data.proto). It knows nothing about runs.
package tfevents
