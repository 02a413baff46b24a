package sweep

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"math"
	"strings"
	"time"
)

// State is where a run stands.
type State string

// The states of a run. Done and Diverged are final outcomes. Failed is an error, and
// the run is tried again. Pruned is a run that was stopped since others were clearly
// better, and that may go on.
const (
	StatePending  State = "pending"
	StateRunning  State = "running"
	StateDone     State = "done"
	StateDiverged State = "diverged"
	StateFailed   State = "failed"
	StatePruned   State = "pruned"
)

// DivergedAbove is how many times its loss before training a run must end at, on the
// same rows, to count as Diverged although every number is finite.
const DivergedAbove = 1.25

// WhenDiverged says when a run is Diverged and not Done, for help, lists and captions.
// The rows are those held out or, if none are, the first ones that the run trains on.
const WhenDiverged = "a number overflowed, or the loss ended above 1.25 times that before training, on the same rows"

// Final reports whether a run in this state needs no further training.
func (s State) Final() bool { return s == StateDone || s == StateDiverged }

// Inputs identifies what a run reads and the arithmetic it uses. Inputs and Params
// together decide every bit of the run's curve.
type Inputs struct {
	Model    string `json:"model"`     // SHA-256 over the model's files, hex
	Data     string `json:"data"`      // SHA-256 of the training rows
	DataEval string `json:"data_eval"` // SHA-256 of the evaluation rows, "" if none are named
	Adapter  string `json:"adapter"`   // SHA-256 of the starting adapter, "" if it is drawn
	Numerics int    `json:"numerics"`  // the trainer's numerics version

	// Targets are the modules of the model that the run's targets stand for, with spaces
	// between them, in one spelling whatever that of the targets is. It is "" where that is
	// the spelling of the targets themselves.
	Targets string `json:"targets,omitempty"`

	// ChatTemplate is the SHA-256 of the chat template that is named, "" if it is the model's.
	ChatTemplate string `json:"chat_template,omitempty"`

	// Command is the SHA-256 of the files of the command that trains the run, which has none
	// of the hashes above, and "" for a run of the built-in trainer.
	Command string `json:"command,omitempty"`

	// Imported is the SHA-256 of the settings and the curve that another program recorded
	// of a run trained elsewhere, and "" for a run trained here. Such a run has none of
	// the hashes above. Its key is never that of a run trained here.
	Imported string `json:"imported,omitempty"`
}

// Run is one cell of a sweep, ready to train.
type Run struct {
	Key    string // identity: see Params.Key
	Name   string // its CellName, such as "r8-a16-lr1e-3-s0"
	Arm    string // the arm of its grid that it belongs to; "" in a grid without [[arm]]
	Params Params
	Inputs Inputs
	Rows   *RowSummary // that it reads; nil where nobody looked
}

// TrainedHere reports whether the built-in trainer trains the run, whose curve is then the
// same to the bit each time.
func (r Run) TrainedHere() bool { return r.Inputs.Imported == "" && !r.ByCommand() }

// ByCommand reports whether a command trains the run.
func (r Run) ByCommand() bool { return r.Params.Command != nil }

// Point is one step of a run's loss curve.
//
// Step 0 is the model before training: it has an evaluation loss only, and
// only where rows are held out. Step s > 0 has the training loss of the s-th
// batch, taken before the s-th update, and the global gradient norm before
// clipping; where Evaluated is set, EvalLoss is the mean loss over the
// held-out tokens after the s-th update. Losses are in nats a token and may be
// infinite or NaN.
//
// A run recorded as a copy has the losses of the run it is a copy of, to the bit. Its
// gradient norms are smaller by as much as its factors A and B are larger. They are
// NaN where A and B are larger by different amounts, since the share of each in the
// norm is not recorded.
//
// A curve of a run trained elsewhere has the steps that were logged. Its Loss may be a
// mean over the steps since the one logged before.
type Point struct {
	Step      int
	Loss      float64
	GradNorm  float64
	EvalLoss  float64
	Evaluated bool
	Match     Matches // of the held-out rows after that update, before the first one at step 0; none where it is not measured

	// WithoutLoss and WithoutNorm say that Loss and GradNorm were not logged at this step
	// of a run trained elsewhere or by a command, and are NaN.
	WithoutLoss, WithoutNorm bool

	Measures Measures // what else a command logged at this step
}

// HasLoss reports whether the point has a training loss, which may be NaN.
func (p Point) HasLoss() bool { return p.Step > 0 && !p.WithoutLoss }

// Outcome is how a run ended. Of a run trained elsewhere, what nobody recorded is NaN:
// Loss, FirstLoss, TokensPerSecond and Seconds.
type Outcome struct {
	State           State
	Steps           int       // steps trained
	Loss            float64   // mean training loss over the last tenth of the steps
	EvalLoss        float64   // evaluation loss at the end; NaN where not Evaluated
	Evaluated       bool      // there was an evaluation at the end
	RowLosses       []RowLoss // of the held-out rows at that evaluation, in their order; nil where not Evaluated, or where they were not kept
	FirstLoss       float64   // evaluation loss before training, else the first training loss
	Match           Matches   // of the held-out rows at the end; none where it was not measured
	FirstMatch      Matches   // the same before training
	CurveHash       string    // HashCurve of all points
	TokensPerSecond float64   // tokens trained on, over the time spent training
	Seconds         float64   // wall time
	Adapter         []byte    // the trained factors, as PEFT's adapter_model.safetensors; nil unless Done and of method "lora"
	Error           string    // the cause, where State is Failed
	Measures        Measures  // the last of each name that a command logged
	Environment     string    // of a command, as it left it: interpreter, packages, GPU; each "name = value" on a line
	CopyOf          string    // key of the run that was trained in place of this one, which is equal to the bit; "" if this one was trained
}

// HidesNaN is in the Environment of a run whose program logged losses of 0 in place of NaN.
const HidesNaN = "the Trainer's logging_nan_inf_filter hides NaN"

// Provenance says which program and machine produced an outcome. It does not decide
// the curve.
type Provenance struct {
	Version  string `json:"version"`  // of this program
	Revision string `json:"revision"` // VCS revision it was built from, "" if unknown
	Dirty    bool   `json:"dirty"`    // built from a modified tree
	CPU      string `json:"cpu"`
	Kernels  string `json:"kernels"` // instruction set the kernels ran on
	Go       string `json:"go"`

	// Of a run trained elsewhere there is instead where it was read.
	Source     string `json:"source,omitempty"`      // the file with its curve
	SourceHash string `json:"source_hash,omitempty"` // SHA-256 of that file
	Foreign    string `json:"foreign,omitempty"`     // settings that are no parameters here, each "name = value" on a line
	Unstated   string `json:"unstated,omitempty"`    // parameters that nothing told, with ", " between them: what Params has of them says nothing
}

// FullRevision is the revision, and whether the tree had been modified.
func (p Provenance) FullRevision() string {
	if p.Dirty {
		return p.Revision + " (modified)"
	}
	return p.Revision
}

// ForCommand is the provenance of a run that a command trains: this program's kernels and
// language have no part in its curve.
func (p Provenance) ForCommand() Provenance {
	p.Kernels, p.Go = "", ""
	return p
}

// Result is a run as a store keeps it.
type Result struct {
	Run
	Outcome
	Provenance Provenance
	Attempt    int      // how often it was begun
	Progress   Progress // how far it came, while it has no outcome
	Note       Note     // what a person wrote about it
	Metric     Metric   // what it is compared by; set by who compares it, and kept by no store
}

// Unknown returns the parameters of a run that nothing told, so that what Params has of
// them says nothing: of a run trained elsewhere those that were not recorded, and of one
// that a command trains those that its grid does not set.
func (r Result) Unknown() []string {
	if r.Params.Command == nil {
		if r.Provenance.Unstated == "" {
			return nil
		}
		return strings.Split(r.Provenance.Unstated, ", ")
	}
	var unknown []string
	for _, q := range Parameters() {
		if !r.Params.States(q.Name) {
			unknown = append(unknown, q.Name)
		}
	}
	return unknown
}

// Progress is how far a run came that has no outcome yet: one in training, or one that
// was stopped. The zero Progress is that of a run that was never begun, or that has its
// outcome.
type Progress struct {
	Step            int       // the last one that is recorded
	Loss            float64   // training loss at that step; NaN at step 0, which has none
	Checkpoint      int       // step from which another attempt would go on; 0 is the start
	TokensPerSecond float64   // speed of the latest attempt; 0 if it is not known
	Owner           string    // who trains it now; "" for a run that was stopped
	Heard           time.Time // last sign of life of the latest attempt
}

// Begun reports whether a run without outcome has recorded any step.
func (p Progress) Begun() bool { return p.Step > 0 }

// A Trainer trains one run, from the journal's checkpoint or from its start. The
// outcome is the same to the bit either way. That a run diverges is an outcome, not
// an error. When ctx ends, Train returns ctx's error within a second or so, or, where it
// waits for a program to end, within the program's grace period; until it returns, the
// run is its own, and the journal takes what it is given. An error that wraps ErrRequeue
// says that the run is to go on later. If Train
// cannot go on from the checkpoint, it returns an error that wraps ErrCheckpoint
// before it hands any point to the journal. Train must be safe for several goroutines.
type Trainer interface {
	Train(ctx context.Context, run Run, journal Journal) (Outcome, error)
}

// An Inspector checks what a run would read before anything trains. Its errors say
// what is wrong.
type Inspector interface {
	Inspect(Params) (Inputs, error)
	// Adapter returns what the adapter in a folder was trained with.
	Adapter(dir string) (AdapterSettings, error)
}

// A Noter is an Inspector that also has notes for a person on what a run would read,
// where nothing is wrong with it.
type Noter interface {
	Notes(Params) ([]string, error)
}

// HashCurve returns a SHA-256 over every bit of a curve, in hex. All NaNs count as
// equal, since their bits differ between processors.
func HashCurve(points []Point) string {
	h := sha256.New()
	for _, p := range points {
		evaluated := uint64(0)
		if p.Evaluated {
			evaluated = 1
		}
		if p.WithoutLoss {
			evaluated |= 2
		}
		if p.WithoutNorm {
			evaluated |= 4
		}
		words := []uint64{uint64(p.Step), curveBits(p.Loss), curveBits(p.GradNorm), curveBits(p.EvalLoss), evaluated}
		if p.Match.Known() {
			words = append(words, uint64(p.Match.Right), uint64(p.Match.Of))
			words[4] |= 8
		}
		for _, m := range p.Measures {
			h.Write([]byte(m.Name + "\x00"))
			words = append(words, curveBits(m.Value))
		}
		for _, word := range words {
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
