package sweep

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"math"
)

// State is where a run stands.
type State string

// The states of a run. Done and Diverged are final outcomes; Failed is an
// error, to be retried; Pruned is a run that was stopped as others were clearly
// better, and may go on.
const (
	Pending  State = "pending"
	Running  State = "running"
	Done     State = "done"
	Diverged State = "diverged"
	Failed   State = "failed"
	Pruned   State = "pruned"
)

// WhenDiverged is when a run is Diverged and not Done, in the words that help,
// lists and captions have for it. The rows are those held out or, where none
// are, the first ones that the run trains on.
const WhenDiverged = "a number overflowed, or the loss ended above 1.25 times that before training, on the same rows"

// Final reports whether a run in this state needs no further training.
func (s State) Final() bool { return s == Done || s == Diverged }

// Inputs identifies what a run reads and the arithmetic it uses. Together
// with Params it decides every bit of the run's curve.
type Inputs struct {
	Model    string `json:"model"`     // SHA-256 over the model's files, hex
	Data     string `json:"data"`      // SHA-256 of the training rows
	DataEval string `json:"data_eval"` // SHA-256 of the evaluation rows, "" if none are named
	Adapter  string `json:"adapter"`   // SHA-256 of the starting adapter, "" if it is drawn
	Numerics int    `json:"numerics"`  // the trainer's numerics version
}

// Run is one cell of a sweep, ready to train.
type Run struct {
	Key    string // identity: see Params.Key
	Name   string // its CellName, such as "r8-a16-lr1e-3-s0"
	Arm    string // the arm of its grid that it belongs to; "" in a grid without [[arm]]
	Params Params
	Inputs Inputs
}

// Point is one step of a run's loss curve.
//
// Step 0 is the model before training: it has an evaluation loss only, and
// only where rows are held out. Step s > 0 has the training loss of the s-th
// batch, taken before the s-th update, and the global gradient norm before
// clipping; where Evaluated is set, EvalLoss is the mean loss over the
// held-out tokens after the s-th update. Losses are in nats a token and may be
// infinite or NaN.
//
// A run recorded as a copy has the losses of the run it is a copy of, to the
// bit. Its gradient norms are by as much smaller as its factors are larger; they
// are NaN where A and B are multiplied by different factors, since a norm does
// not tell how much of it is due to which.
type Point struct {
	Step      int
	Loss      float64
	GradNorm  float64
	EvalLoss  float64
	Evaluated bool
}

// Outcome is what a run came to.
type Outcome struct {
	State           State
	Steps           int     // steps trained
	Loss            float64 // mean training loss over the last tenth of the steps
	EvalLoss        float64 // evaluation loss at the end; NaN where not Evaluated
	Evaluated       bool    // there was an evaluation at the end
	FirstLoss       float64 // evaluation loss before training, else the first training loss
	CurveHash       string  // HashCurve of all points
	TokensPerSecond float64 // tokens trained on, over the time spent training
	Seconds         float64 // wall time
	Adapter         []byte  // the trained factors, as PEFT's adapter_model.safetensors; nil unless Done and of method "lora"
	Error           string  // the cause, where State is Failed
	CopyOf          string  // key of the run that was trained in place of this one, its equal to the bit; "" if this one was
}

// Provenance says where an outcome came from. It explains a curve and never
// decides one.
type Provenance struct {
	Version  string `json:"version"`  // of this program
	Revision string `json:"revision"` // VCS revision it was built from, "" if unknown
	Dirty    bool   `json:"dirty"`    // built from a modified tree
	CPU      string `json:"cpu"`
	Kernels  string `json:"kernels"` // instruction set the kernels ran on
	Go       string `json:"go"`
}

// Result is a run as the store remembers it.
type Result struct {
	Run
	Outcome
	Provenance Provenance
	Attempt    int // how often it was begun
}

// A Trainer trains one run, from where the journal's checkpoint left it, or from
// its start; either way the outcome is the same to the bit. A diverging run is
// an outcome, not an error; when ctx ends, Train returns ctx's error within a
// second or so. A checkpoint that Train cannot go on from is refused, before
// anything is observed, with an error that wraps ErrCheckpoint. Train must be
// safe to call from several goroutines.
type Trainer interface {
	Train(ctx context.Context, run Run, journal Journal) (Outcome, error)
}

// An Inspector looks at what a run would read, before anything trains, and
// says what is wrong with it.
type Inspector interface {
	Inspect(Params) (Inputs, error)
	// Adapter tells what the adapter in a folder was trained with.
	Adapter(dir string) (AdapterSettings, error)
}

// A Noter is an Inspector with something to tell a person of what a run would
// read, though nothing is wrong with it.
type Noter interface {
	Notes(Params) ([]string, error)
}

// HashCurve is a SHA-256 over every bit of a curve, in hex. All NaNs count as
// one, since their payloads differ between processors.
func HashCurve(points []Point) string {
	h := sha256.New()
	for _, p := range points {
		evaluated := uint64(0)
		if p.Evaluated {
			evaluated = 1
		}
		for _, word := range []uint64{uint64(p.Step), curveBits(p.Loss), curveBits(p.GradNorm), curveBits(p.EvalLoss), evaluated} {
			var b [8]byte
			binary.LittleEndian.PutUint64(b[:], word)
			h.Write(b[:])
		}
	}
	return hex.EncodeToString(h.Sum(nil))
}

func curveBits(x float64) uint64 {
	if math.IsNaN(x) {
		x = math.NaN()
	}
	return math.Float64bits(x)
}
