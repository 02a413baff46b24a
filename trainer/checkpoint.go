package trainer

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"time"

	"sweep/sweep"
)

// stateMark opens the encoding of a run's state; its last byte is the version.
const stateMark = "sweeprs\x02"

// stateHeader is what an encoded state says before its numbers, little-endian.
// A SHA-256 over all that went before ends the encoding.
type stateHeader struct {
	Mark     [len(stateMark)]byte
	Numerics uint32
	Key      [sha256.Size]byte // hash of the run's key
	Curve    [sha256.Size]byte // hash of the points' HashCurve
	Step     uint64            // of the last update
	Loss     float64           // at that step
	GradNorm float64
	Start    float64 // loss over the judged rows before training
	Tokens   uint64  // trained on
	Training int64   // nanoseconds spent on them
	Wall     int64   // nanoseconds since the run began, without the pauses
}

func (s *session) header(points []sweep.Point) stateHeader {
	h := stateHeader{
		Numerics: uint32(s.numerics),
		Key:      sha256.Sum256([]byte(s.key)), Curve: sha256.Sum256([]byte(sweep.HashCurve(points))),
		Step: uint64(s.trained.Step), Loss: s.trained.Loss, GradNorm: s.trained.GradNorm, Start: s.start.loss,
		Tokens: uint64(s.tokens), Training: int64(s.training), Wall: int64(s.wall()),
	}
	copy(h.Mark[:], stateMark)
	return h
}

// numbers lists the memory that training changes: the value of each parameter,
// followed by what the optimizer keeps for it.
func (s *session) numbers() [][]float32 {
	var list [][]float32
	for i, p := range s.model.parameters() {
		list = append(list, p.value, s.optimizer.state[i])
	}
	return list
}

// stateSize is the length of an encoded state in bytes.
func (s *session) stateSize() int {
	return binary.Size(stateHeader{}) + stateNumbers(s.model.parameters(), s.params) + sha256.Size
}

// stateNumbers is the length of its numbers.
func stateNumbers(parameters []*parameter, p sweep.Params) (bytes int) {
	for _, q := range parameters {
		bytes += 4 * q.size() * (1 + moments(p))
	}
	return bytes
}

// state encodes the run as it is after its last update: everything that the rest
// of the curve and the outcome depend on. Random numbers and the order of rows
// are functions of the step and not part of it.
func (s *session) state() []byte {
	b, err := binary.Append(make([]byte, 0, s.stateSize()), binary.LittleEndian, s.header(s.points))
	if err != nil {
		panic(err) // the header is of fixed size
	}
	for _, x := range s.numbers() {
		for _, v := range x {
			b = binary.LittleEndian.AppendUint32(b, math.Float32bits(v))
		}
	}
	sum := sha256.Sum256(b)
	return append(b, sum[:]...)
}

// restore makes s what it was when state was called. An error leaves s as it
// is.
func (s *session) restore(c sweep.Checkpoint) error {
	h, numbers, err := s.open(c)
	if err != nil {
		return err
	}
	for _, x := range s.numbers() {
		for i := range x {
			x[i] = math.Float32frombits(binary.LittleEndian.Uint32(numbers[4*i:]))
		}
		numbers = numbers[4*len(x):]
	}
	s.model.refresh()
	s.optimizer.step = int(h.Step)
	s.points = append(s.points, c.Points...)
	s.trained = sweep.Point{Step: int(h.Step), Loss: h.Loss, GradNorm: h.GradNorm}
	s.start = reading{loss: h.Start}
	s.tokens, s.training, s.earlier = int(h.Tokens), time.Duration(h.Training), time.Duration(h.Wall)
	return nil
}

// open checks that c is a whole checkpoint of this run and returns its header
// and its numbers.
func (s *session) open(c sweep.Checkpoint) (h stateHeader, numbers []byte, err error) {
	n, err := binary.Decode(c.State, binary.LittleEndian, &h)
	body := len(c.State) - sha256.Size
	if err != nil || body < n || string(h.Mark[:]) != stateMark {
		return h, nil, errors.New("it is not the state of a run, or of another version of this program")
	}
	if sum := sha256.Sum256(c.State[:body]); !bytes.Equal(sum[:], c.State[body:]) {
		return h, nil, errors.New("it is damaged: its checksum is wrong")
	}
	want := s.header(c.Points)
	switch {
	case h.Numerics != want.Numerics:
		return h, nil, fmt.Errorf("it was made with version %d of the arithmetic, this is version %d", h.Numerics, want.Numerics)
	case h.Key != want.Key || len(c.State) != s.stateSize():
		return h, nil, errors.New("it is the state of another run")
	case h.Curve != want.Curve:
		return h, nil, errors.New("it does not belong to the curve beside it")
	}
	return h, c.State[n:body], nil
}
